using SandGlass.Layers.Break;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Shed;

namespace SandGlass.Policy;

/// <summary>Requests that are treated alike: what they look like, whose they are, what protects them.</summary>
public sealed record RoutePolicy
{
    /// <summary>A line for people: shown by console and explain. Default: none.</summary>
    [MayBeEmpty]
    public string? Description { get; init; }

    /// <summary>The chain it belongs to. Needed.</summary>
    [Needed]
    public string Chain { get; init; } = "";

    /// <summary>The requests it takes. Needed. The more specific path wins, whatever the order in the file.</summary>
    [Needed]
    public RouteMatchPolicy Match { get; init; } = new();

    /// <summary>The backend asked. Default: the one named like the chain. Not together with `answer`.</summary>
    public string? Backend { get; init; }

    /// <summary>A fallback that always answers; no backend is asked. Default: none. Not together with `backend`.</summary>
    public string? Answer { get; init; }

    /// <summary>Rank of its own. Default: the chain's. Lower it for what the chain can do without, such as search.</summary>
    public Criticality? Criticality { get; init; }

    /// <summary>
    /// How long the head of an answer may take, "1ms".."1h". Default "10s". It counts from when the request reached us, so waiting in our
    /// queues and all attempts are in it; with a body, from the body's end. After the head it is how long the backend may be silent between
    /// parts of the body. Upgrades and event streams have the backend's idleTimeout instead. Set it to what a client still waits for:
    /// everything later is work for nobody.
    /// </summary>
    [Within("1ms", "1h")]
    public Duration? Timeout { get; init; }

    /// <summary>Names of rate limits; all of them must admit. Default: none.</summary>
    public IReadOnlyList<string> RateLimits { get; init; } = [];

    /// <summary>Share one fetch among equal requests and keep its answer for a moment. Default: not.</summary>
    public CoalescePolicy? Coalesce { get; init; }

    /// <summary>Find the keys that are asked for most. Default: not.</summary>
    public HotKeyPolicy? HotKeys { get; init; }

    /// <summary>Breaker of its own, instead of the default one. Default: `breakers.default`.</summary>
    public BreakerPolicy? Breaker { get; init; }

    /// <summary>The degraded answer when a layer or the backend fails it. Default: none, the refusal itself is the answer.</summary>
    public string? Fallback { get; init; }

    /// <summary>
    /// Whether a client's session begins ("begin") or ends ("end") with an answer of this route; see `shedding.session`. Default: neither.
    /// </summary>
    public SessionStep? Session { get; init; }

    /// <summary>Second attempts at another destination. Default: none.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>A second request to another destination when the first is late; safe methods only. Default: none.</summary>
    public HedgePolicy? Hedge { get; init; }

    /// <summary>
    /// What one request costs at the rate limits, 1..1,000 tokens. Default 1. Raise it where one request is the work of many.
    /// </summary>
    [Within(1, 1_000)]
    public int Cost { get; init; } = 1;
}

/// <summary>The requests that a route takes.</summary>
public sealed record RouteMatchPolicy
{
    /// <summary>
    /// The path: literal segments, "{name}" for one segment, "{**rest}" at the end for all that follows. Begins with "/". Needed.
    /// Letters' case does not matter.
    /// </summary>
    [Needed]
    public string Path { get; init; } = "";

    /// <summary>Methods in capitals. Default: any. A GET route takes HEAD as well only where HEAD is listed.</summary>
    [NotEmpty]
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Host names, without port; "*.example.com" for all below one. Default: any.</summary>
    [NotEmpty]
    public IReadOnlyList<string>? Hosts { get; init; }
}

/// <summary>Second attempts, kept from becoming the storm they answer.</summary>
public sealed record RetryPolicy
{
    /// <summary>
    /// Attempts after the first, 0..3. Default 1. Only without a body, with GET, HEAD, OPTIONS, PUT or DELETE, and when the first failed before
    /// its answer, or answered 502 or 504 without Retry-After; never after 503, never while requests wait for the backend.
    /// </summary>
    [Within(0, 3)]
    public int Attempts { get; init; } = 1;

    /// <summary>
    /// Fraction 0..1 of the route's requests that may be attempts after the first, hedges included. Default 0.1. Attempts are at most 50 +
    /// budget × requests + 10 a second; with 0 there are no retries.
    /// </summary>
    [Within(0, 1)]
    public double Budget { get; init; } = 0.1;
}

/// <summary>A second request when the first is late: the first head that can be used wins, the other is given up.</summary>
public sealed record HedgePolicy
{
    /// <summary>
    /// How long the first may take before the second is sent, "1ms".."1m". Needed. Set it near the p95 of a good day: lower asks twice for what
    /// would have come, higher helps nobody. Hedges come out of the budget of `retry` (0.1 where none is written).
    /// </summary>
    [Needed, Within("1ms", "1m")]
    public Duration After { get; init; }
}
