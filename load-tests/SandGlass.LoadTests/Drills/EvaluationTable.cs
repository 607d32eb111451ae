using System.Globalization;
using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Drills;

/// <summary>The rows of the mission's table. Goals are promises of the contract where it has one, else what a shop should ask for; docs/drills.md says which.</summary>
internal static class EvaluationTable
{
    private const double Megabyte = 1 << 20;

    /// <param name="drills">All of them.</param>
    /// <param name="own">What was measured beside.</param>
    public static IReadOnlyList<EvaluationRow> Of(IReadOnlyList<DrillResult> drills, EvaluationMeasures own)
    {
        DrillRunResult[] runs = [.. drills.Select(static d => d.Judged).OfType<DrillRunResult>()];
        // What no measurement says is neither met nor missed.
        EvaluationRow Valid(EvaluationRow row, IReadOnlyList<string> invalid) => invalid.Count == 0 ? row : row with { Met = null, Note = $"no measurement: {invalid[0]}" };
        EvaluationRow Steady(EvaluationRow row) => Valid(row, own.SteadyInvalid);
        return
        [
            Functionality(runs),
            Steady(Row("performance", "p99 that the gateway adds to an order, 1,000 a second, median of 3", own.AddedP99.TotalMilliseconds, "≤", 5, "ms", note: $"at p50 {TextReports.Number(own.AddedP50.TotalMilliseconds)} ms")),
            Steady(Row("resource use", "CPU of the gateway for a forwarded order", own.CpuEach?.TotalMicroseconds, "≤", 500, "µs")),
            Row("resource use", "most memory of the gateway, all drills", Most(runs.Select(static r => (double?)r.Cost.PeakBytes).Append(own.PeakBytes)) / Megabyte, "≤", 256, "MB"),
            Valid(
                Row("scalability", $"goodput kept at {string.Join(" and at ", own.Rungs.Skip(1).Select(static r => r.Times))} times the capacity, the lower", Kept(own.Rungs), "≥", 0.9, "%",
                    note: string.Join(", ", own.Rungs.Select(static r => string.Create(CultureInfo.InvariantCulture, $"{r.Goodput:0} a second {(r.Times == 1 ? "at the capacity" : $"at {r.Times} times")}")))),
                own.LadderInvalid),
            Row("availability", "critical requests answered well while it is judged, mean of the drills", Goodput(drills), "≥", 0.95, "%"),
            Row("stability", "slowest recovery of all chains", Slowest(runs, "recover"), "≤", 5, "s"),
            Row("fault tolerance", "drills passed", runs.Length == 0 ? null : (double)runs.Count(static r => r.Passed) / runs.Length, "≥", 1, "%", note: $"{runs.Count(static r => r.Passed)} of {runs.Length}{Skipped(drills)}"),
            Row("fault tolerance", "slowest protection of the critical chain", Slowest(runs, "protect"), "≤", 2, "s"),
            Row("maintainability", "a changed policy in force, slowest of 5", own.Reload?.TotalMilliseconds, "≤", 1000, "ms"),
            Row("maintainability", "a switch thrown and met by a shopper, slowest of 10", own.Switch?.TotalMilliseconds, "≤", 50, "ms"),
            Row("cost", "requests that the shop was spared in the hotspot drill", Spared(drills), "≥", 0.6, "%"),
            Row("infrastructure", "from start to ready, slowest", Most(runs.Select(static r => (double?)r.Cost.ReadySeconds).Append(own.Ready.TotalSeconds)), "≤", 5, "s", note: $"from SIGTERM to the end {TextReports.Number(Math.Max(own.Stop.TotalSeconds, runs.Select(static r => r.Cost.StopSeconds).DefaultIfEmpty().Max()))} s at most"),
            Redis(drills),
        ];
    }

    private static EvaluationRow Functionality(DrillRunResult[] runs)
    {
        var sent = runs.Sum(static r => r.Cost.Sent);
        var differ = runs.Sum(static r => Math.Abs(r.Cost.Sent - r.Cost.Counted));
        var part = sent == 0 ? (double?)null : (double)differ / sent;
        return new("functionality", "requests whose outcome the gateway counted other than once", part is null ? null : $"{differ:N0} of {sent:N0}", "≤ 0.1 %", part <= 0.001);
    }

    private static EvaluationRow Redis(IReadOnlyList<DrillResult> drills)
    {
        var drill = drills.FirstOrDefault(static d => d.Name == "redis");
        var row = Row("infrastructure", "critical requests answered well while Redis hangs", drill?.Judged?.Goal("goodput").Value, "≥", 0.9, "%", drill?.Skipped);
        return drill?.Skipped is null ? row : row with { Met = null };
    }

    private static double? Kept(IReadOnlyList<(int Times, double Goodput)> rungs) =>
        rungs.Count < 2 || rungs[0].Goodput <= 0 ? null : rungs.Skip(1).Min(static r => r.Goodput) / rungs[0].Goodput;

    private static double? Goodput(IReadOnlyList<DrillResult> drills)
    {
        double?[] all = [.. drills.Where(static d => d.Judged is not null).Select(static d => d.Judged!.Goal("goodput").Value ?? 0)];
        return all.Length == 0 ? null : all.Average();
    }

    // One that was never is the slowest, and no number.
    private static double? Slowest(DrillRunResult[] runs, string key) => runs.Length == 0 || runs.Any(r => r.Goal(key).Value is null) ? null : runs.Max(r => r.Goal(key).Value);

    private static double? Spared(IReadOnlyList<DrillResult> drills) => drills.FirstOrDefault(static d => d.Name == "hotspot")?.Judged?.Cost is { Sent: > 0 } cost ? 1 - ((double)cost.ShopCalls / cost.Sent) : null;

    private static string Skipped(IReadOnlyList<DrillResult> drills) => string.Concat(drills.Where(static d => d.Skipped is not null).Select(static d => $"; {d.Name} was skipped: {d.Skipped}"));

    private static double? Most(IEnumerable<double?> values) => values.Max();

    private static EvaluationRow Row(string aspect, string metric, double? value, string sign, double goal, string unit, string? note = null)
    {
        string Show(double v) => unit == "%" ? (Math.Floor(v * 1000) / 10).ToString("0.#", CultureInfo.InvariantCulture) + " %" : TextReports.Number(v) + " " + unit;
        return new(aspect, metric, value is { } v ? Show(v) : null, $"{sign} {Show(goal)}", value is null ? false : sign == "≥" ? value >= goal : value <= goal, note);
    }
}
