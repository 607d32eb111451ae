using System.Globalization;
using System.Security;
using System.Text;
using System.Text.Json;

namespace SandGlass.LoadTests.Reports;

/// <summary>The reports that are text: NBomber's TXT, MD and CSV, and JUnit's XML for build servers.</summary>
internal static class TextReports
{
    private static readonly string[] Columns = ["scenario", "step", "outcome", "count", "req/s", "bytes", "min", "mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "max", "p99 from start"];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = false };

    public static string Json(RunReport report) => JsonSerializer.Serialize(report, Options);

    /// <summary>A report, or null with the reason.</summary>
    public static RunReport? Read(string json, out string why)
    {
        try
        {
            var report = JsonSerializer.Deserialize<RunReport>(json, Options);
            why = report?.Format == RunReport.CurrentFormat ? string.Empty : "is of another version of this program";
            return why.Length == 0 ? report : null;
        }
        catch (JsonException fault)
        {
            why = $"is no report of sandglass-load ({fault.Message.Split('.')[0]})";
            return null;
        }
    }

    public static string Txt(RunReport report)
    {
        var rows = Rows(report).Select(static r => r.ToArray()).Prepend(Columns).ToArray();
        int[] widths = [.. Columns.Select((_, i) => rows.Max(r => r[i].Length))];
        var lines = Head(report).Append(string.Empty)
            .Concat(rows.Select(r => string.Join("  ", r.Select((cell, i) => i < 3 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd()))
            .Concat(Thresholds(report).Prepend(string.Empty));
        return string.Join('\n', lines) + "\n";
    }

    public static string Markdown(RunReport report)
    {
        static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).ReplaceLineEndings(" ");
        string[] lines =
        [
            $"# {Cell(report.TestSuite)}: {Cell(report.TestName)}",
            string.Empty,
            .. Head(report).Skip(1).Select(static l => "- " + Cell(l)),
            string.Empty,
            "| " + string.Join(" | ", Columns) + " |",
            "| --- | --- | --- |" + string.Concat(Enumerable.Repeat(" ---: |", Columns.Length - 3)),
            .. Rows(report).Select(static r => "| " + string.Join(" | ", r.Select(Cell)) + " |"),
            string.Empty,
            .. Thresholds(report).Select(static t => "- " + Cell(t)),
        ];
        return string.Join('\n', lines) + "\n";
    }

    public static string Csv(RunReport report)
    {
        // A cell that begins like a formula would be one to a spreadsheet.
        static string Cell(string text)
        {
            text = text is ['=' or '+' or '-' or '@', ..] && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? "'" + text : text;
            return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
        }

        return string.Concat(Rows(report).Prepend(Columns).Select(static r => string.Join(',', r.Select(Cell)) + "\n"));
    }

    public static string JUnit(RunReport report)
    {
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        string Xml(string s) => SecurityElement.Escape(string.Concat(s.Where(static c => !char.IsControl(c) && !char.IsSurrogate(c)))) ?? string.Empty;
        var failures = report.Thresholds.Count(static t => !t.Met);
        var validity = report.Invalid.Count > 0 ? 1 : 0;
        text.Append(CultureInfo.InvariantCulture, $"<testsuites><testsuite name=\"{Xml(report.TestSuite)}.{Xml(report.TestName)}\" tests=\"{report.Thresholds.Count + 1}\" failures=\"{failures}\" errors=\"{validity}\" time=\"{report.Seconds:0.###}\" timestamp=\"{report.Began:yyyy-MM-ddTHH:mm:ss}\">\n");
        text.Append("  <testcase classname=\"generator\" name=\"the run is a measurement\">");
        text.Append(validity == 0 ? string.Empty : $"<error message=\"{Xml(string.Join("; ", report.Invalid))}\"/>").Append("</testcase>\n");
        foreach (var t in report.Thresholds)
        {
            text.Append(CultureInfo.InvariantCulture, $"  <testcase classname=\"{Xml(t.Scenario)}\" name=\"{Xml(t.Text)}\">");
            text.Append(t.Met ? string.Empty : $"<failure message=\"{Xml(t.Said())}\"/>").Append("</testcase>\n");
        }

        return text.Append("</testsuite></testsuites>\n").ToString();
    }

    /// <summary>The first lines: what, when, whether it counts.</summary>
    public static IEnumerable<string> Head(RunReport report)
    {
        yield return $"{report.TestSuite}: {report.TestName}";
        yield return $"{report.Kind} of {Number(report.Seconds)} s, begun {report.Began:yyyy-MM-dd HH:mm:ss}Z, seed {report.Seed}";
        var g = report.Generator;
        yield return $"generator: {g.Starts} starts, {g.Late} late, {g.Dropped} dropped, {g.Waited} waited; sent {Number(g.LateP99Ms)} ms after the plan (p99); {Number(g.CpuCores)} of {g.MachineCores} cores; {g.Machine}";
        foreach (var reason in report.Invalid)
        {
            yield return $"INVALID: {reason}";
        }

        foreach (var note in report.Notes)
        {
            yield return note;
        }

        foreach (var reason in report.Reasons)
        {
            yield return $"not good, {reason.Count} times: {reason.Why}";
        }
    }

    public static IEnumerable<string> Thresholds(RunReport report) =>
        report.Thresholds.Select(static t => $"{(t.Met ? "met   " : "MISSED")} {t.Scenario}: {t.Text} ({t.Said()})");

    /// <summary>Times in milliseconds, from the planned moment on.</summary>
    public static IEnumerable<string[]> Rows(RunReport report)
    {
        foreach (var scenario in report.Scenarios)
        {
            var parts = scenario.Steps.Select(static s => (s.Name, s.Outcomes)).Prepend((Name: "all", scenario.Outcomes));
            foreach (var (step, outcomes) in scenario.Steps.Count > 1 ? parts : parts.Take(1))
            {
                foreach (var o in outcomes)
                {
                    var l = o.FromPlan;
                    double[] numbers = [o.Count / Math.Max(report.Seconds, 1e-9), o.Bytes, l.Min, l.Mean, l.P50, l.P75, l.P90, l.P95, l.P99, l.P999, l.P9999, l.Max, o.FromStart.P99];
                    yield return [scenario.Name, step, o.Outcome, o.Count.ToString(CultureInfo.InvariantCulture), .. numbers.Select(Number)];
                }
            }
        }
    }

    public static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
}
