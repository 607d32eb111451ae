using SandGlass.Policy;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// Which of a route's keys are asked for most, and what is done for them: seen in the console, `GET /api/hotkeys` and `sandglass_hot_keys`.
/// </summary>
public sealed record HotKeyPolicy
{
    /// <summary>
    /// What is counted: "path", "path:x", "query:x", "header:X", "cookie:x", "client", "route", "chain". Needed. Name what is the thing that
    /// sells, like "path:sku". Headers, cookies and clients are shown as a hash.
    /// </summary>
    [Needed, OneOrMany, NotEmpty]
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>Requests a second from which on a key is hot, 1..1,000,000. Default 50. It cools at half of that.</summary>
    [Within(1, 1_000_000)]
    public double PromoteAt { get; init; } = 50;

    /// <summary>Fraction 0..1 of the route's requests that it must have as well. Default 0.001. It cools at half of that.</summary>
    [Within(0, 1)]
    public double Share { get; init; } = 0.001;

    /// <summary>
    /// Whether what is kept of a hot key is renewed shortly before it expires, in the background, so that nobody waits for it. Default true. It costs at
    /// most a tenth more fetches of hot keys.
    /// </summary>
    public bool RefreshAhead { get; init; } = true;

    /// <summary>What is done for a hot key, rung by rung. Default: what `coalesce` does for all, and no limit.</summary>
    public LadderPolicy? Ladder { get; init; }
}

/// <summary>What is done for hot keys, each rung "off", in "shadow" (counted as `sandglass_shadow_total`, not done) or "enforce".</summary>
public sealed record LadderPolicy
{
    /// <summary>Rung 1: equal requests share one fetch, as the route's `coalesce` says. Default "enforce".</summary>
    public Mode Coalesce { get; init; } = Mode.Enforce;

    /// <summary>Rung 2: its answer is kept and given again, as the route's `coalesce` says. Default "enforce".</summary>
    public Mode Cache { get; init; } = Mode.Enforce;

    /// <summary>Rung 3: it is given stale while one fetch renews it, as the route's `coalesce` says. Default "enforce".</summary>
    public Mode Stale { get; init; } = Mode.Enforce;

    /// <summary>Rung 4: how many of a hot key's requests go on to the backend, each key for itself, each gateway for itself. Default: all.</summary>
    public HotLimitPolicy? Limit { get; init; }

    /// <summary>Rung 5: what those get whom the limit refuses. Default: the route's own fallback.</summary>
    public HotFallbackPolicy? Fallback { get; init; }
}

/// <summary>A hot key's own limit, for what the rungs before it have not answered.</summary>
public sealed record HotLimitPolicy
{
    /// <summary>The lasting rate of each hot key, like "500/s". Needed. Renewals in the background do not count.</summary>
    [Needed]
    public Rate Rate { get; init; } = new(1, TimeSpan.FromSeconds(1));

    /// <summary>Requests at once after rest, 1..10,000,000. Default: one second's worth, at least 1.</summary>
    [Within(1, 10_000_000)]
    public int? Burst { get; init; }

    /// <summary>"off", "shadow" (who would be refused is counted) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;
}

/// <summary>The degraded answer of a hot key.</summary>
public sealed record HotFallbackPolicy
{
    /// <summary>The name of a fallback. Needed.</summary>
    [Needed]
    public string Use { get; init; } = "";

    /// <summary>"off", "shadow" (who would get it is counted; the route's own fallback answers) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;
}
