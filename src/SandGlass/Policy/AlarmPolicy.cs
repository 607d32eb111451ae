namespace SandGlass.Policy;

/// <summary>Who is told.</summary>
public enum AlarmSeverity
{
    /// <summary>Shown in the console.</summary>
    Info,

    /// <summary>Somebody looks in working hours.</summary>
    Ticket,

    /// <summary>Somebody is woken.</summary>
    Page,
}

/// <summary>A measured value beyond its level for a while.</summary>
public sealed record AlarmPolicy
{
    /// <summary>What is measured: "latency.p99" (p50, p90, p95 too), "availability", "cpu", "memory", "hotKey.share". Needed.</summary>
    [Needed]
    public string Metric { get; init; } = "";

    /// <summary>Of which chain. Default: of the whole gateway.</summary>
    public string? Chain { get; init; }

    /// <summary>Speaks above this: a number, or a duration for latencies. One of `above` and `below`.</summary>
    public Threshold? Above { get; init; }

    /// <summary>Speaks below this. One of `above` and `below`.</summary>
    public Threshold? Below { get; init; }

    /// <summary>How long it must last, "0s".."1h". Default "30s". Shorter is sooner and more often wrong.</summary>
    [Within("0s", "1h")]
    public Duration For { get; init; } = Duration.FromSeconds(30);

    /// <summary>"info", "ticket" (default) or "page".</summary>
    public AlarmSeverity Severity { get; init; } = AlarmSeverity.Ticket;
}
