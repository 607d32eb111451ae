using SandGlass.Policy;

namespace SandGlass.Layers.Shed;

/// <summary>What happens when there is more than the backends bear.</summary>
public sealed record SheddingPolicy
{
    /// <summary>"off", "shadow" (decided, counted, not acted on) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;

    /// <summary>
    /// How long a request may wait for its turn, "0s".."5s". Default "50ms". Longer smooths bursts and adds as much to the slowest answers.
    /// </summary>
    [Within("0s", "5s")]
    public Duration MaxWait { get; init; } = Duration.FromMilliseconds(50);

    /// <summary>
    /// How long a critical-plus request may wait for its turn, "0s".."5s". Default "150ms"; not below `maxWait`, and nobody waits where that is
    /// "0s". Its queue is longer in proportion: chance alone brings more orders at once than there is room for, long before there are too many.
    /// Up to four times as long, and five round trips, where none of them waited longer a moment ago and none was lost: what passes is waited out,
    /// the longest waiting first. And where permits come seldom: for two of them, or a quarter of a round trip.
    /// </summary>
    [Within("0s", "5s")]
    public Duration CriticalWait { get; init; } = Duration.FromMilliseconds(150);

    /// <summary>
    /// Fraction 0..0.05 of the turns that a class of criticality gets while it wants any, however many more critical ones wait. Default
    /// 0.0025, one in four hundred: nothing starves, and three lower classes together cost the highest 0.75 percent at most. 0: strict priority.
    /// </summary>
    [Within(0, 0.05)]
    public double Floor { get; init; } = 0.0025;

    /// <summary>
    /// A request header in which trusted proxies (`edge.trustedProxies`) say how critical a request is: "sheddable", "sheddable-plus",
    /// "critical", "critical-plus". From others, and with any other value, the route's own criticality counts; what others say is dropped, and counted as `named-in-policy`. Default: none.
    /// </summary>
    public string? CriticalityHeader { get; init; }

    /// <summary>
    /// A request header with which clients say that they ask again: "1" and above is a retry, and goes after first attempts of the same
    /// importance. Who leaves it out gains little: it decides between equals only. Default: none.
    /// </summary>
    public string? RetryHeader { get; init; }

    /// <summary>Who has begun what he should be able to finish goes first. Acts where a route has a `session`. Default: as described there.</summary>
    public SessionPolicy Session { get; init; } = new();

    /// <summary>The gateway guards itself too: what happens when its own machine is in trouble. Default: as described there.</summary>
    public SelfPolicy Self { get; init; } = new();
}
