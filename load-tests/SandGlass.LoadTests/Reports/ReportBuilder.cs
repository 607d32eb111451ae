using System.Runtime.InteropServices;
using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Reports;

/// <summary>Makes a report of what was recorded.</summary>
internal static class ReportBuilder
{
    /// <summary>Fills what the recorder, the health probe and the thresholds know.</summary>
    public static RunReport Build(RunFacts facts, Recorder recorder, Health health, IReadOnlyList<Threshold> thresholds)
    {
        var (starts, dropped, delay) = (recorder.Starts, recorder.Dropped, health.DelayP99);
        return new()
        {
            TestSuite = facts.TestSuite,
            TestName = facts.TestName,
            Kind = facts.Kind,
            Began = facts.Began,
            Seconds = facts.Seconds,
            Seed = facts.Seed,
            Invalid = Verdict.Reasons(recorder.Late, starts, dropped, delay),
            Notes = facts.Notes,
            Generator = new(
                starts, dropped, recorder.LateStarts, recorder.Waited, recorder.Late.Quantile(0.99).TotalMilliseconds, recorder.Late.Max.TotalMilliseconds, delay.TotalMilliseconds, health.Cores,
                health.Paused.TotalMilliseconds, Environment.ProcessorCount, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"),
            Scenarios = [.. recorder.Scenarios.Select((s, i) => Scenario(s, i, recorder))],
            Thresholds = [.. thresholds.Select(t => Judge(t, recorder, facts.Seconds))],
            Series = Series(recorder, facts.Seconds),
            Chains = Chains(recorder, facts.Seconds),
            WarmUpSeconds = recorder.Scenarios.Max(static s => s.WarmUp.TotalSeconds),
            Reasons = [.. recorder.Reasons.Take(20).Select(static r => new ReasonReport(r.Why, r.Count))],
        };
    }

    /// <summary>A threshold against what is recorded so far.</summary>
    public static ThresholdReport Judge(Threshold threshold, Recorder recorder, double seconds)
    {
        var value = Value(threshold, recorder, seconds);
        return new(recorder.Scenarios[threshold.Scenario].Name, threshold.Text, value, value is { } measured && threshold.Holds(measured), Unit(threshold));
    }

    private static string Unit(Threshold threshold) => threshold switch
    {
        { Subject: Subject.OkDataTransfer } => " bytes",
        { Subject: Subject.OkLatency } => " ms",
        { Metric: "rps" } => "/s",
        _ => " %",
    };

    // Null where there is nothing to measure.
    private static double? Value(Threshold threshold, Recorder recorder, double seconds)
    {
        var (scenario, step) = (threshold.Scenario, threshold.Step);
        long Count(Func<Outcome, bool> outcomes) => recorder.Count(scenario, step, outcomes);
        var all = Count(static _ => true);
        double? Of(long count) => threshold.Metric == "rps" ? count / Math.Max(seconds, 1e-9) : all == 0 ? null : 100.0 * count / all;
        switch (threshold.Subject)
        {
            case Subject.OkRequest:
                return Of(Count(Outcomes.Good));
            case Subject.FailRequest:
                return Of(Count(Outcomes.Failed));
            case Subject.Refused:
                return Of(Count(Outcomes.Refused));
            case Subject.StatusCode:
                return Of(recorder.Statuses(scenario, step).GetValueOrDefault(threshold.Status ?? 0));
            case Subject.OkDataTransfer:
                var transfer = recorder.Sum(scenario, step, Outcomes.Good);
                return transfer.Count == 0 ? null : (double)transfer.Bytes / transfer.Count;
            default:
                var latency = recorder.Sum(scenario, step, Outcomes.Good).FromPlan;
                return latency.Count == 0 ? null : (threshold.Metric switch
                {
                    "min" => latency.Min,
                    "max" => latency.Max,
                    "mean" => latency.Mean,
                    _ => latency.Quantile(Threshold.Part(threshold.Metric) ?? 1),
                }).TotalMilliseconds;
        }
    }

    private static ScenarioReport Scenario(Scenario scenario, int index, Recorder recorder)
    {
        var (starts, dropped) = recorder.Journeys(index);
        return new(
            scenario.Name,
            scenario.Target.GetLeftPart(UriPartial.Authority),
            scenario.Http.Major == 2 ? "2" : "1.1",
            [.. scenario.Simulations.Select(static s => s.Json())],
            starts,
            dropped,
            OutcomesOf(index, null, recorder),
            Statuses(index, null, recorder),
            [.. scenario.Steps.Select((step, i) => new StepReport(step.Name, OutcomesOf(index, i, recorder), Statuses(index, i, recorder)))]);
    }

    private static OutcomeReport[] OutcomesOf(int scenario, int? step, Recorder recorder) =>
    [
        .. Outcomes.All.Select(outcome => (outcome, Tally: recorder.Sum(scenario, step, o => o == outcome))).Where(static o => o.Tally.Count > 0)
            .Select(static o => new OutcomeReport(o.outcome.Name(), o.Tally.Count, o.Tally.Bytes, Latency(o.Tally.FromPlan), Latency(o.Tally.FromStart))),
    ];

    private static StatusReport[] Statuses(int scenario, int? step, Recorder recorder) =>
        [.. recorder.Statuses(scenario, step).Select(static s => new StatusReport(s.Key, s.Value))];

    private static LatencyReport Latency(LogLinearHistogram h)
    {
        double At(double part) => Ms(h.Quantile(part));
        return new(
            Ms(h.Min), Ms(h.Mean), At(0.5), At(0.75), At(0.9), At(0.95), At(0.99), At(0.999), At(0.9999), Ms(h.Max),
            [.. h.Buckets.Select(static b => new[] { b.Bucket, b.Count })]);
    }

    // As long as it lasted, and what was planned later on its way: a run that was cut short, or that only iterations end, has room for more.
    private static SeriesReport Series(Recorder recorder, double seconds) => recorder.Locked(() =>
    {
        var moments = Lasting(recorder.Series.Moments, seconds, recorder.Series.Step, static m => m.Sent > 0 || m.Planned > 0);
        return new SeriesReport(
            recorder.Series.Step,
            [.. moments.Select(static m => m.Planned)],
            [.. moments.Select(static m => m.Sent)],
            Outcomes.All.ToDictionary(static o => o.Name(), o => moments.Select(m => m.Outcomes[(int)o]).ToArray()),
            [.. moments.Select(static m => Ms(m.FromPlan.Quantile(0.5)))],
            [.. moments.Select(static m => Ms(m.FromPlan.Quantile(0.99)))],
            [.. moments.Select(static m => Ms(m.FromStart.Quantile(0.99)))]);
    });

    private static ChainReport[] Chains(Recorder recorder, double seconds) => recorder.Locked(() => recorder.Chains.Names
        .Select((name, i) => (Name: name, Moments: Lasting(recorder.Chains.Of(i), seconds, recorder.Chains.Step, static m => m.Asked > 0)))
        .Select(c => new ChainReport(c.Name, recorder.Chains.Step, [.. c.Moments.Select(static m => m.Asked)], [.. c.Moments.Select(static m => m.Good)]))
        .ToArray());

    private static T[] Lasting<T>(IReadOnlyList<T> moments, double seconds, double step, Func<T, bool> used)
    {
        var last = Enumerable.Range(0, moments.Count).LastOrDefault(i => used(moments[i]));
        return [.. moments.Take(Math.Max(last + 1, (int)Math.Ceiling(Math.Min(seconds / step, moments.Count) - 1e-6)))];
    }

    private static double Ms(TimeSpan span) => Math.Round(span.TotalMilliseconds, 4);
}

/// <summary>What the one who ran it knows.</summary>
internal sealed record RunFacts(string TestSuite, string TestName, string Kind, DateTimeOffset Began, double Seconds, int Seed, IReadOnlyList<string> Notes);
