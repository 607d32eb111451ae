namespace SandGlass.Policy;

/// <summary>The promotion itself. Read by plans, by the readiness check and by the report.</summary>
public sealed record EventPolicy
{
    /// <summary>The zero hour, ISO 8601 with an offset: "2026-11-11T00:00:00+08:00". Needed.</summary>
    [Needed]
    public DateTimeOffset Start { get; init; }

    /// <summary>Phase name to its beginning, counted from the start; negative is before it ("-2h"). Default: none.</summary>
    [Signed, Named]
    public IReadOnlyDictionary<string, Duration> Phases { get; init; } = new OrderedDictionary<string, Duration>();

    /// <summary>Chain name to what it must hold during the event. Default: none.</summary>
    public IReadOnlyDictionary<string, EventGoalPolicy> Goals { get; init; } = new OrderedDictionary<string, EventGoalPolicy>();
}

/// <summary>What one chain must hold during the event.</summary>
public sealed record EventGoalPolicy
{
    /// <summary>The load to be ready for. Default: not stated.</summary>
    public Rate? Peak { get; init; }

    /// <summary>Fraction above 0 up to 1 of requests with a usable answer. Default: not stated.</summary>
    [Within(0, 1, AboveLeast = true)]
    public double? Availability { get; init; }

    /// <summary>The 99th percentile of latency, "1ms".."1h". Default: not stated.</summary>
    [Within("1ms", "1h")]
    public Duration? P99 { get; init; }
}
