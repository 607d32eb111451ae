using SandGlass.Policy;

namespace SandGlass.Layers.RateLimit;

/// <summary>How requests are counted.</summary>
public enum RateAlgorithm
{
    /// <summary>A steady rate with a burst: smooth, cheap, the right one unless told otherwise.</summary>
    TokenBucket,

    /// <summary>About so many in any window, by two counters (the one before weighs what the window still covers of it): for "5 a minute" that people check by counting. Never more than twice as many.</summary>
    SlidingWindow,

    /// <summary>At most so many from one turn of the window to the next: twice as many around it. Each gateway has turns of its own.</summary>
    FixedWindow,

    /// <summary>At most `burst` under way at once; a WebSocket or an event stream until it ends.</summary>
    Concurrency,

    /// <summary>A token bucket that begins at a third of its rate and rises to it over `warmUp`: for backends whose caches are cold.</summary>
    WarmUp,

    /// <summary>Even spacing: who comes early waits for its turn, at most `maxWait`; for backends that bear no bursts at all.</summary>
    Paced,
}

/// <summary>Who counts together.</summary>
public enum RateScope
{
    /// <summary>Each gateway for itself.</summary>
    Local,

    /// <summary>All gateways of the fleet together.</summary>
    Fleet,
}

/// <summary>What happens to a request in which a part of the key is missing.</summary>
public enum AbsentKey
{
    /// <summary>The limit does not apply to it.</summary>
    Skip,

    /// <summary>The missing part is empty: all who leave it out share one count.</summary>
    Anonymous,
}

/// <summary>A quota: how much each key may ask. Named by routes.</summary>
public sealed record RateLimitPolicy
{
    /// <summary>How it counts: "token-bucket" (default), "sliding-window", "fixed-window", "concurrency", "warm-up", "paced".</summary>
    public RateAlgorithm Algorithm { get; init; } = RateAlgorithm.TokenBucket;

    /// <summary>The lasting rate for each key: "50/s", "600/m"; for windows, so many in each. Needed but for "concurrency".</summary>
    public Rate? Rate { get; init; }

    /// <summary>
    /// Tokens that a rested key may spend at once, 1..10,000,000. Default: one second's worth, at least 1. Raise it for pages that ask many things.
    /// </summary>
    [Within(1, 10_000_000)]
    public int? Burst { get; init; }

    /// <summary>
    /// How long "warm-up" takes from a third of the rate to all of it, under full use, "1s".."1h". Default "10s". A key that rested as
    /// long is cold again.
    /// </summary>
    [Within("1s", "1h")]
    public Duration WarmUp { get; init; } = Duration.FromSeconds(10);

    /// <summary>The longest that "paced" lets anyone wait for his turn, "0s".."1m". Default "500ms". Who would wait longer is refused.</summary>
    [Within("0s", "1m")]
    public Duration MaxWait { get; init; } = Duration.FromMilliseconds(500);

    /// <summary>
    /// Who is counted: "client", "route", "chain", "header:X", "cookie:x", "query:x", "path:x", or a list of them that together make
    /// one key. Default "client".
    /// </summary>
    [OneOrMany, NotEmpty]
    public IReadOnlyList<string> Key { get; init; } = ["client"];

    /// <summary>
    /// "local" (default) or "fleet": all gateways together, over the Redis of the section `fleet` or of `--redis`; without one, this gateway counts
    /// alone. For "token-bucket" only.
    /// </summary>
    public RateScope Scope { get; init; } = RateScope.Local;

    /// <summary>Tokens that one request takes, 1..1,000, times the route's own cost. Default 1.</summary>
    [Within(1, 1_000)]
    public int Cost { get; init; } = 1;

    /// <summary>
    /// Keys remembered at once, 1..16,000,000 (about 32 bytes each). Default 1,000,000. Beyond it the longest rested make room.
    /// </summary>
    [Within(1, 16_000_000)]
    public int MaxKeys { get; init; } = 1_000_000;

    /// <summary>A request that lacks a part of the key: "anonymous" (default, they share one count) or "skip".</summary>
    public AbsentKey Absent { get; init; } = AbsentKey.Anonymous;

    /// <summary>"off", "shadow" (decided, counted, not acted on) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;
}
