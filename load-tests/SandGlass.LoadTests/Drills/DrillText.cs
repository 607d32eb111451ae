using System.Globalization;
using System.Text.Json;
using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Drills;

/// <summary>Drills as text for a terminal, and as JSON.</summary>
internal static class DrillText
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Json(DrillReport report) => JsonSerializer.Serialize(report, Options);

    /// <summary>One drill in one line, as soon as it is over.</summary>
    public static string Line(DrillResult drill) => drill.Judged is not { } judged
        ? $"SKIPPED {drill.Name}: {drill.Skipped}"
        : $"{Word(drill),-7} {drill.Name,-12} {string.Join(", ", judged.Goals.Select(static g => $"{g.Key} {Value(g)}{(g.Met ? string.Empty : $" (goal {g.Sign} {Goal(g)})")}"))}"
            + (drill.Contrast is { } without ? $"; without protection {Value(without.Goals[0])}" : string.Empty);

    /// <summary>The end of it: each drill with and without, the table, and the verdict.</summary>
    public static string Of(DrillReport report)
    {
        List<string> lines = [string.Empty];
        string[] head = ["drill", "run", "goodput", "p99", "protect", "recover", "verdict"];
        List<string[]> rows = [head];
        foreach (var drill in report.Drills)
        {
            foreach (var run in new[] { drill.Contrast, drill.Judged }.OfType<DrillRunResult>())
            {
                rows.Add([drill.Name, run.Protected ? "protected" : "without", .. run.Goals.Select(Value), Word(run)]);
            }
        }

        lines.AddRange(Aligned(rows));
        lines.AddRange(report.Drills.Where(static d => d.Skipped is not null).Select(Line));
        lines.AddRange(report.Drills.SelectMany(static d => (d.Judged?.Invalid ?? []).Select(reason => $"{d.Name} is no measurement: {reason}")));
        lines.AddRange(report.Drills.Where(static d => d is { Contrast: { Passed: true, Invalid.Count: 0 } }).Select(static d => $"{d.Name} also passed without protection here, so it proves nothing on this machine"));
        if (report.Evaluation.Count > 0)
        {
            lines.Add(string.Empty);
            lines.AddRange(Aligned([["aspect", "metric", "measured", "goal", ""], .. report.Evaluation.Select(static e => new[] { e.Aspect, e.Metric, e.Value ?? "not measured", e.Goal, Word(e) })]));
            lines.AddRange(report.Evaluation.Where(static e => e.Note is not null).Select(static e => $"{e.Aspect}: {e.Note}"));
        }

        lines.Add(string.Empty);
        lines.Add(Verdict(report));
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>In one sentence.</summary>
    public static string Verdict(DrillReport report)
    {
        var judged = report.Drills.Where(static d => d.Judged is not null).ToArray();
        var missed = report.Evaluation.Count(static e => e.Met == false);
        var cut = report.CutBefore is not { } left ? string.Empty : left > 0 ? $"CUT SHORT, {left} more were to come: " : "CUT SHORT before the table: ";
        return $"{cut}{judged.Count(static d => d.Judged!.Passed)} of {judged.Length} drills passed {(report.Unprotected ? "WITHOUT protection" : "with protection")}"
            + (report.Evaluation.Count > 0 ? $"; {report.Evaluation.Count(static e => e.Met == true)} of {report.Evaluation.Count} rows of the table met{(missed > 0 ? $", {missed} missed" : string.Empty)}" : string.Empty)
            + $"; {report.Seconds / 60:0.0} minutes";
    }

    public static string Word(DrillResult drill) => drill.Judged is { } judged ? Word(judged) : "SKIPPED";

    public static string Word(DrillRunResult run) => run.Invalid.Count > 0 ? "INVALID" : run.Passed ? "passed" : "FAILED";

    public static string Word(EvaluationRow row) => row.Met switch { true => "met", false => "MISSED", _ => "" };

    /// <summary>As it was measured.</summary>
    public static string Value(GoalResult goal) => goal.Value is not { } value ? goal.Unit.Length == 0 || goal.Key == "p99" ? "none" : "never" : Number(value, goal.Unit);

    public static string Goal(GoalResult goal) => Number(goal.Goal, goal.Unit);

    private static string Number(double value, string unit) => unit.Length == 0
        ? (Math.Floor(value * 1000) / 10).ToString("0.#", CultureInfo.InvariantCulture) + " %"
        : TextReports.Number(value) + " " + unit;

    private static IEnumerable<string> Aligned(List<string[]> rows)
    {
        int[] widths = [.. rows[0].Select((_, i) => rows.Max(r => r[i].Length))];
        return rows.Select(r => string.Join("  ", r.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
