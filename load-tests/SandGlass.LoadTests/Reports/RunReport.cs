namespace SandGlass.LoadTests.Reports;

/// <summary>A run as it is kept: the JSON report is this, and all others are made from it.</summary>
internal sealed record RunReport
{
    /// <summary>Of this form; a reader refuses another.</summary>
    public const int CurrentFormat = 1;

    public int Format { get; init; } = CurrentFormat;

    public required string TestSuite { get; init; }

    public required string TestName { get; init; }

    /// <summary>run or replay.</summary>
    public required string Kind { get; init; }

    public required DateTimeOffset Began { get; init; }

    /// <summary>Measured seconds.</summary>
    public required double Seconds { get; init; }

    public required int Seed { get; init; }

    /// <summary>It ended before its time, by Ctrl-C or SIGTERM: what there is, is a part.</summary>
    public bool Cut { get; init; }

    /// <summary>Why it is no measurement; empty where it is one.</summary>
    public required IReadOnlyList<string> Invalid { get; init; }

    /// <summary>What a reader should know beside: stopped early, parts left out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public required GeneratorReport Generator { get; init; }

    public required IReadOnlyList<ScenarioReport> Scenarios { get; init; }

    public required IReadOnlyList<ThresholdReport> Thresholds { get; init; }

    public required SeriesReport Series { get; init; }

    /// <summary>Goodput by chain.</summary>
    public IReadOnlyList<ChainReport> Chains { get; init; } = [];

    /// <summary>Seconds from the begin to what is measured.</summary>
    public double WarmUpSeconds { get; init; }

    /// <summary>What was switched meanwhile, from the gateway's audit log.</summary>
    public IReadOnlyList<MarkReport> Marks { get; init; } = [];

    /// <summary>Why answers were not good, and how often.</summary>
    public IReadOnlyList<ReasonReport> Reasons { get; init; } = [];

    /// <summary>
    /// No request had an answer: whatever the thresholds say, and where none was set, that is no success.
    /// </summary>
    public bool Unanswered => Scenarios.Any(static s => s.Requests > 0) && Scenarios.All(static s => s.Outcomes.All(static o => o.Outcome == "error"));

    /// <summary>0 fine, 1 a threshold was missed or nothing was answered, 3 cut short, 4 no measurement.</summary>
    public int ExitCode => Cut ? 3 : Invalid.Count > 0 ? 4 : Unanswered || Thresholds.Any(static t => !t.Met) ? 1 : 0;
}

/// <summary>How the generator itself fared.</summary>
internal sealed record GeneratorReport(
    long Starts, long Dropped, long Late, long Waited, double LateP99Ms, double LateMaxMs, double ThreadDelayP99Ms, double CpuCores, double GcPauseMs, int MachineCores, string Machine);

internal sealed record ScenarioReport(
    string Name, string Target, string Http, IReadOnlyList<string> Simulations, long Starts, long Dropped, IReadOnlyList<OutcomeReport> Outcomes, IReadOnlyList<StatusReport> Statuses,
    IReadOnlyList<StepReport> Steps)
{
    public long Requests => Outcomes.Sum(static o => o.Count);
}

internal sealed record StepReport(string Name, IReadOnlyList<OutcomeReport> Outcomes, IReadOnlyList<StatusReport> Statuses);

internal sealed record OutcomeReport(string Outcome, long Count, long Bytes, LatencyReport FromPlan, LatencyReport FromStart);

/// <summary>Milliseconds. Buckets: pairs of index and count of the log-linear histogram, for comparisons.</summary>
internal sealed record LatencyReport(
    double Min, double Mean, double P50, double P75, double P90, double P95, double P99, double P999, double P9999, double Max, IReadOnlyList<long[]> Buckets);

internal sealed record StatusReport(int Status, long Count);

internal sealed record ReasonReport(string Why, long Count);

/// <summary>A threshold and what was measured.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Value">Null where there was nothing to measure: a p99 of no answer is below any bound, and no success.</param>
/// <param name="Met">Whether it holds; what was not measured does not.</param>
/// <param name="Unit">Of the value, with its blank.</param>
internal sealed record ThresholdReport(string Scenario, string Text, double? Value, bool Met, string Unit = "")
{
    /// <summary>As reports say it.</summary>
    public string Said() => Value is { } value ? $"was {TextReports.Number(value)}{Unit}" : "not measured";
}

/// <summary>Over time; each list has a value for each step of so many seconds.</summary>
internal sealed record SeriesReport(
    double StepSeconds, IReadOnlyList<long> Planned, IReadOnlyList<long> Sent, IReadOnlyDictionary<string, long[]> Outcomes, IReadOnlyList<double> P50, IReadOnlyList<double> P99,
    IReadOnlyList<double> P99FromStart);

/// <summary>What users asked of a chain and what of it was answered well, for each step of so many seconds.</summary>
internal sealed record ChainReport(string Name, double StepSeconds, IReadOnlyList<long> Asked, IReadOnlyList<long> Good);

/// <summary>Something that was done while the run was on.</summary>
/// <param name="At">Seconds from the begin of what is measured.</param>
/// <param name="Text">What, by whom and why.</param>
/// <param name="Short">For the picture.</param>
internal sealed record MarkReport(double At, string Short, string Text);
