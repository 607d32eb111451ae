using SandGlass.Policy;

namespace SandGlass.Layers.Break;

/// <summary>The breakers of routes that have none of their own.</summary>
public sealed record BreakersPolicy
{
    /// <summary>The breaker of each route that does not write one. On by default.</summary>
    public BreakerPolicy Default { get; init; } = new();
}

/// <summary>When a route's backend is left alone for a while, so that neither side wastes work.</summary>
public sealed record BreakerPolicy
{
    /// <summary>Fraction above 0 up to 1 of a window's requests that must fail. Default 0.5.</summary>
    [Within(0, 1, AboveLeast = true)]
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Fraction above 0 up to 1 of a window's requests that must be slow. Default 0.8. Counts only where `slow` is written.</summary>
    [Within(0, 1, AboveLeast = true)]
    public double SlowRatio { get; init; } = 0.8;

    /// <summary>What slow is, "1ms".."1h". Default: slowness does not open it. Set it above the p99 of a good day.</summary>
    [Within("1ms", "1h")]
    public Duration? Slow { get; init; }

    /// <summary>The window looked at, "1s".."10m". Default "10s".</summary>
    [Within("1s", "10m")]
    public Duration Window { get; init; } = Duration.FromSeconds(10);

    /// <summary>
    /// Requests in the window before a ratio means anything, 1..1,000,000. Default 20. As many failures that have followed on each other
    /// for a window or longer, without a pause (a tenth of it) and without a success, open it too: a backend that hangs lets few of them end.
    /// </summary>
    [Within(1, 1_000_000)]
    public int MinRequests { get; init; } = 20;

    /// <summary>
    /// How long it stays open before it tries again with one request, "100ms".."10m". Default "2s". While tries fail it doubles, up to "3s":
    /// one request in three seconds burdens nobody, and who is back is found within five. A longer one stays as it is written.
    /// </summary>
    [Within("100ms", "10m")]
    public Duration Open { get; init; } = Duration.FromSeconds(2);

    /// <summary>"off", "shadow" (opens and counts, but lets pass) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;
}
