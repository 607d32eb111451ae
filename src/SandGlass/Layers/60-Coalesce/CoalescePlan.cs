using SandGlass.Algorithms.Breaking;
using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.HotKeys;
using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>A route's <c>coalesce</c>, compiled. Times in ticks.</summary>
public sealed class CoalescePlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>Whether it is for hot keys, for all others, or (null) for both.</summary>
    public bool? ForHot { get; init; }

    /// <summary>Whether what is kept is given; in shadow it is counted.</summary>
    public Mode Gives { get; init; } = Mode.Enforce;

    /// <summary>Whether it is given stale while one renews it; in shadow it is counted.</summary>
    public Mode GivesStale { get; init; } = Mode.Enforce;

    /// <summary>Counts what <see cref="Gives"/> in shadow would have given.</summary>
    public StripedCounter? GivesShadowed { get; init; }

    /// <summary>The same of <see cref="GivesStale"/>.</summary>
    public StripedCounter? StaleShadowed { get; init; }

    /// <summary>Whether what is kept of a hot key is renewed before it expires.</summary>
    public bool RefreshesAhead { get; init; }

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

    /// <summary>How long past that it may be given at most while the backend is well.</summary>
    public long StaleWhenWell { get; init; } = long.MaxValue / 4;

    /// <summary>The route's breaker; null: it has none that acts.</summary>
    public CircuitBreaker? Breaker { get; init; }

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

    /// <summary>The cookies that go along, each without the others.</summary>
    public string[] CookieNames { get; init; } = [];

    /// <summary>The headers that go along without being part of the key.</summary>
    public string[] SentNames { get; init; } = [];

    /// <summary>
    /// The route, what makes its requests equal, and what its fetches send beside that, in one number. Part of each key, so that what another policy has
    /// fetched with other headers, or keyed by other parts with the same values, is not found.
    /// </summary>
    public ulong Terms { get; init; }

    /// <summary>The answers; live as long as the process.</summary>
    public required MicroCache Cache { get; init; }

    /// <summary>The counters; live as long as the process.</summary>
    public required CoalesceCounts Counts { get; init; }

    /// <summary>By which headers answers are known to differ; lives as long as the process.</summary>
    public LearnedNames Learned { get; init; } = new();

    /// <summary>What clients may ask of the backend beside what is fetched anyhow; lives as long as the process.</summary>
    public RetryBudget ClientBudget { get; init; } = new();

    /// <summary>Where the calls that a hot key did not need are counted; null: the route counts no keys.</summary>
    public HotDay? Day { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }

    /// <summary>Makes <see cref="Terms"/>.</summary>
    public static ulong TermsOf(string route, KeyPlan key, IEnumerable<string> sent)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(sent);
        var hasher = new KeyHasher(default);
        hasher.Add(route);
        hasher.Add(key.ToString());
        hasher.Add((byte)(key.HasWholeQuery ? 1 : 0));
        foreach (var name in sent.Order(StringComparer.Ordinal))
        {
            hasher.Add(name);
        }

        return hasher.Finish();
    }

    /// <summary>Whether it has anything to say of a request.</summary>
    public bool Covers(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        return ForHot is null || ForHot == passage.IsHot;
    }

    /// <summary>Whether an answer of the backend is worth waiting for.</summary>
    public bool IsWell(Passage passage, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        return Breaker?.Position(now) is null or BreakerPosition.Closed && passage.Backend?.IsWell(now, TicksPerSecond) != false;
    }
}
