using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Rates;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>A route's <c>coalesce</c>, compiled. Times in ticks.</summary>
public sealed class CoalescePlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>How long an answer is fresh at most that does not say so itself; 0: nothing is kept.</summary>
    public required long Ttl { get; init; }

    /// <summary>Whether the policy's times go before the answer's.</summary>
    public bool Force { get; init; }

    /// <summary>How old a fetch is before another may begin beside it.</summary>
    public long LeaderAge { get; init; } = long.MaxValue;

    /// <summary>Whether answers that set cookies are shared.</summary>
    public bool SharesSetCookie { get; init; }

    /// <summary>Whether clients may ask for more than is kept.</summary>
    public bool HonoursClients { get; init; } = true;

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

    /// <summary>The headers that go along without being part of the key.</summary>
    public string[] SentNames { get; init; } = [];

    /// <summary>The answers; live as long as the process.</summary>
    public required MicroCache Cache { get; init; }

    /// <summary>The counters; live as long as the process.</summary>
    public required CoalesceCounts Counts { get; init; }

    /// <summary>By which headers answers are known to differ; lives as long as the process.</summary>
    public LearnedNames Learned { get; init; } = new();

    /// <summary>What clients may ask of the backend beside what is fetched anyhow; lives as long as the process.</summary>
    public RetryBudget ClientBudget { get; init; } = new();

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }
}
