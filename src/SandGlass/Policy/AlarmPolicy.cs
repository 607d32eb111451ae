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
    /// <summary>A line for people: what is wrong then, and what to do. Default: none.</summary>
    [MayBeEmpty]
    public string? Description { get; init; }

    /// <summary>
    /// What is measured. Of requests: "latency.p99" (p50, p90, p95 too), "availability" (all but failed and turned away for want of room),
    /// "errors" (failed), "shed.share" (turned away by Shed), "breakers.open". Of the whole gateway: "cpu", "memory", "disk" (used of what
    /// there is), "network" (of the busiest interface's speed; not known where it tells none), "network.loss" (TCP segments sent again, of all),
    /// "certificate.left" (a duration: until the first certificate of our https listeners runs out), "cidrFile.age" (a duration: since the oldest list of trusted ranges was last looked at), "backends.ejected" (destinations left out), "queue" (requests that wait for a backend), "fleet.lost" (members gone within
    /// ten minutes), "redis.away", "policy.rejected" (1 while it is so), "fallback.broken" (fallbacks that could not be given), "hotKey.share" (of its route's requests,
    /// the largest of a hot key; see `hotKeys` of routes). Needed.
    /// </summary>
    [Needed]
    public string Metric { get; init; } = "";

    /// <summary>Requests of this chain only. Default: of all.</summary>
    public string? Chain { get; init; }

    /// <summary>Requests of routes of this rank only: "sheddable", "sheddable-plus", "critical", "critical-plus". Default: of all.</summary>
    public Criticality? Criticality { get; init; }

    /// <summary>Speaks above this: a number, or a duration for latencies. One of `above` and `below`.</summary>
    public Threshold? Above { get; init; }

    /// <summary>Speaks below this. One of `above` and `below`.</summary>
    public Threshold? Below { get; init; }

    /// <summary>
    /// It is over on the good side of this, once it has been there for as long as `for` (10 s at least). Default: the level itself. Farther
    /// on the good side for a value that swings around its level.
    /// </summary>
    public Threshold? Clear { get; init; }

    /// <summary>How long it must last, "0s".."1h". Default "30s". Shorter is sooner and more often wrong.</summary>
    [Within("0s", "1h")]
    public Duration For { get; init; } = Duration.FromSeconds(30);

    /// <summary>"info", "ticket" (default) or "page".</summary>
    public AlarmSeverity Severity { get; init; } = AlarmSeverity.Ticket;
}
