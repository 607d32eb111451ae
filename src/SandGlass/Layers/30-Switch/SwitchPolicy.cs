using SandGlass.Policy;

namespace SandGlass.Layers.Switch;

/// <summary>What ops may throw during the event: where it acts, and one thing to do.</summary>
public sealed record SwitchPolicy
{
    /// <summary>A line for people: what the customer will notice. Default: none.</summary>
    [MayBeEmpty]
    public string? Description { get; init; }

    /// <summary>Routes on which it acts. At least one route or chain.</summary>
    [NotEmpty]
    public IReadOnlyList<string>? Routes { get; init; }

    /// <summary>Chains on which it acts; "*" is all of them.</summary>
    [NotEmpty]
    public IReadOnlyList<string>? Chains { get; init; }

    /// <summary>The one thing it does. Needed.</summary>
    [Needed]
    public SwitchActionPolicy Do { get; init; } = new();

    /// <summary>"off" (cannot be thrown), "shadow" (thrown, counted, no effect) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;
}

/// <summary>The one thing a switch does: exactly one of these.</summary>
public sealed record SwitchActionPolicy
{
    /// <summary>Answer with this fallback, without asking the backend.</summary>
    public string? Fallback { get; init; }

    /// <summary>Admit this fraction 0..1; the rest gets the route's fallback or 503. The same client stays in or out.</summary>
    [Within(0, 1)]
    public double? Admit { get; init; }

    /// <summary>Refuse all.</summary>
    public SwitchRefusalPolicy? Refuse { get; init; }

    /// <summary>Multiply the rate of the routes' limits, 0.01..100; bursts stay.</summary>
    [Within(0.01, 100)]
    public double? ScaleRateLimits { get; init; }

    /// <summary>Keep coalesced answers this long instead, "1ms".."24h".</summary>
    [Within("1ms", "24h")]
    public Duration? CoalesceTtl { get; init; }

    /// <summary>Refuse all that ranks below this.</summary>
    public Criticality? ShedBelow { get; init; }

    /// <summary>
    /// Ask this backend instead, with its own limit, probes and failover. Kept answers of the other one are given until they are old. Of two
    /// such switches on a route the later one in the file counts.
    /// </summary>
    public string? UseBackend { get; init; }

    /// <summary>
    /// Wait this long for the routes' answers instead of their `timeout`, "1ms".."1h". Of two such switches on a route the later one in the
    /// file counts.
    /// </summary>
    [Within("1ms", "1h")]
    public Duration? Timeout { get; init; }
}

/// <summary>How a switch refuses.</summary>
public sealed record SwitchRefusalPolicy
{
    /// <summary>Status, 400..599. Default 503.</summary>
    [Within(400, 599)]
    public int Status { get; init; } = 503;

    /// <summary>When to come back, "1s".."24h". Default "30s".</summary>
    [Within("1s", "24h")]
    public Duration RetryAfter { get; init; } = Duration.FromSeconds(30);
}
