using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Drills;

/// <summary>What drills showed: the JSON report is this, and the page and the lines are made from it.</summary>
internal sealed record DrillReport
{
    public int Format { get; init; } = 1;

    public required DateTimeOffset Began { get; init; }

    public required string Machine { get; init; }

    /// <summary>Protection was off in what is judged.</summary>
    public required bool Unprotected { get; init; }

    /// <summary>It ended before its time, by Ctrl-C or SIGTERM, with this many drills still to come; null where it did not.</summary>
    public int? CutBefore { get; init; }

    public required IReadOnlyList<DrillResult> Drills { get; init; }

    /// <summary>The mission's table; empty where not all drills were run.</summary>
    public IReadOnlyList<EvaluationRow> Evaluation { get; init; } = [];

    /// <summary>Why what the table has beside the drills is no measurement.</summary>
    public IReadOnlyList<string> Invalid { get; init; } = [];

    public required double Seconds { get; init; }

    /// <summary>0 all passed, 1 a goal was missed, 3 cut short, 4 a judged run is no measurement.</summary>
    public int ExitCode => CutBefore is not null ? 3 : Invalid.Count > 0 || Drills.Any(static d => d.Judged?.Invalid.Count > 0) ? 4
        : Drills.Any(static d => d.Judged?.Passed == false) || Evaluation.Any(static e => e.Met == false) ? 1 : 0;
}

/// <summary>One drill: as judged, and where protection is on also without it.</summary>
internal sealed record DrillResult(string Name, string Title, string Source, string Story, string Lesson, string? Skipped, DrillRunResult? Judged, DrillRunResult? Contrast);

/// <summary>One run of a drill.</summary>
internal sealed record DrillRunResult
{
    public required bool Protected { get; init; }

    /// <summary>Why it is no measurement.</summary>
    public required IReadOnlyList<string> Invalid { get; init; }

    public required IReadOnlyList<GoalResult> Goals { get; init; }

    /// <summary>Seconds from the begin.</summary>
    public required double FaultFrom { get; init; }

    public required double FaultTo { get; init; }

    public required IReadOnlyList<ChainReport> Chains { get; init; }

    /// <summary>Of the critical chain's good answers, in milliseconds, by half seconds; 0 where there is none.</summary>
    public required IReadOnlyList<double> CriticalP99 { get; init; }

    /// <summary>All requests by outcome, in seconds.</summary>
    public required SeriesReport Series { get; init; }

    public required IReadOnlyList<MarkReport> Marks { get; init; }

    public required RunCost Cost { get; init; }

    public IReadOnlyList<ReasonReport> Reasons { get; init; } = [];

    public bool Passed => Goals.All(static g => g.Met);

    public GoalResult Goal(string key) => Goals.First(g => g.Key == key);
}

/// <summary>What it took.</summary>
/// <param name="Sent">Requests of the generator, measured ones.</param>
/// <param name="Counted">Requests that the gateway's counters had more at the end than at the begin, over all outcomes.</param>
/// <param name="ShopCalls">Requests that reached the shop meanwhile.</param>
/// <param name="CpuSeconds">Of the gateway's process; null where the machine does not tell.</param>
/// <param name="PeakBytes">Resident memory of the gateway, the most since its start; null where the machine does not tell.</param>
/// <param name="ReadySeconds">From its start until it was ready.</param>
/// <param name="StopSeconds">From SIGTERM until it had ended.</param>
internal sealed record RunCost(long Sent, long Counted, long ShopCalls, double? CpuSeconds, long? PeakBytes, double ReadySeconds, double StopSeconds);

/// <summary>A goal and what was measured.</summary>
/// <param name="Key">goodput, p99, protect or recover.</param>
/// <param name="What">In words.</param>
/// <param name="Unit">ms, s, or none for a fraction.</param>
/// <param name="Value">Null: never, or nothing to measure.</param>
/// <param name="Sign">≥ or ≤.</param>
/// <param name="Goal">From the drill's file.</param>
/// <param name="Met">Whether it holds.</param>
internal sealed record GoalResult(string Key, string What, string Unit, double? Value, string Sign, double Goal, bool Met);

/// <summary>A row of the mission's table.</summary>
/// <param name="Aspect">functionality, performance, …</param>
/// <param name="Metric">What was measured and how.</param>
/// <param name="Value">As it is shown; null where it could not be measured.</param>
/// <param name="Goal">As it is shown.</param>
/// <param name="Met">Null where it could not be measured.</param>
/// <param name="Note">Why not, or what else was seen.</param>
internal sealed record EvaluationRow(string Aspect, string Metric, string? Value, string Goal, bool? Met, string? Note = null);
