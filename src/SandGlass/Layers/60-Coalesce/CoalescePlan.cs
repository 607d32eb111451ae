using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>A route's <c>coalesce</c>, compiled. Times in ticks.</summary>
public sealed class CoalescePlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>How long an answer is fresh at most.</summary>
    public required long Ttl { get; init; }

    /// <summary>How long past that it may be given while another request fetches.</summary>
    public long StaleWhileRevalidate { get; init; }

    /// <summary>How long past that it may be given when the backend fails.</summary>
    public long StaleIfError { get; init; }

    /// <summary>How long a follower waits.</summary>
    public required TimeSpan MaxWait { get; init; }

    /// <summary>Largest body kept, bytes.</summary>
    public required int MaxBytes { get; init; }

    /// <summary>Whether cookies are taken off the request, so that it may be shared.</summary>
    public bool IgnoresCookies { get; init; }

    /// <summary>The gateway's own cookie, which says nothing about the answer; null: it sets none.</summary>
    public string? OwnCookie { get; init; }

    /// <summary>What the answer depends on. Nothing else of the client's request goes to the backend in a shared fetch.</summary>
    public required KeyPlan Key { get; init; }

    /// <summary>The query parameters that go along; null: the whole query does.</summary>
    public required string[]? QueryNames { get; init; }

    /// <summary>The headers that go along.</summary>
    public required string[] HeaderNames { get; init; }

    /// <summary>The answers; live as long as the process.</summary>
    public required MicroCache Cache { get; init; }

    /// <summary>The counters; live as long as the process.</summary>
    public required CoalesceCounts Counts { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }
}

/// <summary><c>sandglass_coalesce_total{route,result}</c> of one route.</summary>
public sealed class CoalesceCounts
{
    /// <summary>Given from the cache, fresh.</summary>
    public StripedCounter Hit { get; } = new();

    /// <summary>Given from the cache, stale.</summary>
    public StripedCounter Stale { get; } = new();

    /// <summary>Given from another request's fetch.</summary>
    public StripedCounter Collapsed { get; } = new();

    /// <summary>Fetched.</summary>
    public StripedCounter Miss { get; } = new();

    /// <summary>Not for sharing.</summary>
    public StripedCounter Bypass { get; } = new();

    /// <summary>All of them with their words.</summary>
    public IEnumerable<(string Result, long Total)> Totals =>
    [
        ("hit", Hit.Sum()), ("stale", Stale.Sum()), ("collapsed", Collapsed.Sum()), ("miss", Miss.Sum()), ("bypass", Bypass.Sum()),
    ];
}
