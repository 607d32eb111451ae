namespace SandGlass.OverloadProbe;

/// <summary>What one measurement says; the names are those of a plan's aims. Not a number: it never came to that.</summary>
internal sealed record Measures
{
    /// <summary>Good answers of the critical chains ÷ the smaller of what came and what the shop bears.</summary>
    public double? Critical { get; init; }

    /// <summary>Good answers of all chains ÷ the smaller of what came and what the shop bears.</summary>
    public double? Total { get; init; }

    /// <summary>Milliseconds, of all that was not refused; who lost patience counts with it.</summary>
    public double? P50 { get; init; }

    /// <summary>As p50.</summary>
    public double? P99 { get; init; }

    /// <summary>p99 ÷ the p99 of the work alone.</summary>
    public double? P99Ratio { get; init; }

    /// <summary>Seconds until goodput and p99 were, and stayed, as they should.</summary>
    public double? Settle { get; init; }

    /// <summary>Seconds until all who came were served again.</summary>
    public double? Recover { get; init; }

    /// <summary>Completed checkouts ÷ the smaller of those begun and those the shop bears.</summary>
    public double? Checkouts { get; init; }

    /// <summary>Jain's index of the gateways' goodput: 1 is all the same.</summary>
    public double? Jain { get; init; }

    /// <summary>p99 ÷ that of the quiet window before.</summary>
    public double? P99Noticed { get; init; }

    /// <summary>p99 of the last minute ÷ that of the first.</summary>
    public double? P99Drift { get; init; }

    /// <summary>Goodput of the last minute ÷ that of the first.</summary>
    public double? GoodDrift { get; init; }

    /// <summary>The gateways' resident memory at the end ÷ after the first minute.</summary>
    public double? MemoryDrift { get; init; }

    /// <summary>Critical requests that were refused though the shop could have served them, second by second.</summary>
    public double? CriticalRefused { get; init; }

    /// <summary>Seconds until the breaker of the ill shop's route was open.</summary>
    public double? BreakerOpen { get; init; }

    /// <summary>Permits and waiting places that nobody gave back.</summary>
    public double? Leaked { get; init; }

    /// <summary>By the name an aim has.</summary>
    public double? this[string name] => name switch
    {
        "critical" => Critical,
        "total" => Total,
        "p99Ratio" => P99Ratio,
        "settle" => Settle,
        "recover" => Recover,
        "checkouts" => Checkouts,
        "jain" => Jain,
        "p99Noticed" => P99Noticed,
        "p99Drift" => P99Drift,
        "goodDrift" => GoodDrift,
        "memoryDrift" => MemoryDrift,
        "criticalRefused" => CriticalRefused,
        "breakerOpen" => BreakerOpen,
        "leaked" => Leaked,
        _ => throw new ArgumentException($"no measure is called '{name}'", nameof(name)),
    };

    /// <summary>The aims that were missed, in words.</summary>
    public IEnumerable<string> Missed(IReadOnlyDictionary<string, double> aims)
    {
        foreach (var (name, bound) in aims)
        {
            var atLeast = name is "critical" or "total" or "checkouts" or "jain" or "goodDrift";
            if (this[name] is not { } value || !(atLeast ? value >= bound : value <= bound))
            {
                yield return FormattableString.Invariant($"{name} {this[name]:0.###}, not {(atLeast ? "≥" : "≤")} {bound:0.###}");
            }
        }
    }
}
