namespace SandGlass.LoadTests.Reports;

/// <summary>Two runs on one page that needs nothing else: what differs, what of it matters, and both over time in one picture.</summary>
internal static class ComparisonPage
{
    public static string Write(RunReport a, RunReport b)
    {
        Difference[] differences = [.. Comparison.Of(a, b)];
        var length = Math.Max(HtmlReport.Length(a), HtmlReport.Length(b));
        // Both in the steps of the one that has coarser ones.
        var step = Math.Max(a.Series.StepSeconds, b.Series.StepSeconds);
        string[] parts =
        [
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{Text(a.TestName)}: two runs</title><style>{HtmlReport.Style}tr.matters td{{font-weight:600;color:var(--bad)}}th:nth-child(3),td:nth-child(3){{text-align:right}}</style></head><body>",
            $"<h1>{Text(a.TestName)}: two runs</h1>",
            .. Head("A", a),
            .. Head("B", b),
            $"<h2>Differences</h2><p>{differences.Count(static d => d.Matters)} of {differences.Length} matter: shares of outcomes by more than three standard errors and half a point, percentiles whose bands do not touch and that are 5 % apart. Repeat both runs before you believe it.</p>",
            differences.Length == 0 ? "<p>No scenario is in both.</p>" : "<div class=\"wide\"><table><tr><th>scenario<th>what<th>A<th>B<th></tr>"
                + string.Concat(differences.Select(static d => $"<tr{(d.Matters ? " class=\"matters\"" : string.Empty)}><td>{Text(d.Scenario)}<td>{Text(d.What)}<td>{TextReports.Number(d.A)}<td>{TextReports.Number(d.B)}<td>{(d.Matters ? "matters" : string.Empty)}</tr>")) + "</table></div>",
            "<h2>Good answers</h2><p>A second, by the moment that they were planned for.</p>",
            Plot.Legend(("A", "var(--b)"), ("B", "var(--a)")),
            HtmlReport.Lines(length, step, "/s", (Good(a.Series, step), "var(--b)"), (Good(b.Series, step), "var(--a)")),
            "<h2>Latency</h2><p>p99 of good answers from the plan, in milliseconds.</p>",
            Plot.Legend(("A", "var(--b)"), ("B", "var(--a)")),
            HtmlReport.Lines(length, step, "ms", (Slowest(a.Series, step), "var(--b)"), (Slowest(b.Series, step), "var(--a)")),
            "</body></html>",
        ];
        return string.Join('\n', parts) + "\n";
    }

    private static IEnumerable<string> Head(string name, RunReport run) =>
    [
        $"<p><b>{name}</b>: {Text(string.Join("; ", TextReports.Head(run).Skip(1).Take(2)))}</p>",
        .. run.Invalid.Select(reason => $"<p class=\"invalid\">{name} is no measurement: {Text(reason)}</p>"),
    ];

    private static IEnumerable<double> Good(SeriesReport series, double step) =>
        Chunks(series, step, i => (series.Outcomes.GetValueOrDefault("200")?.ElementAtOrDefault(i) ?? 0) + (series.Outcomes.GetValueOrDefault("stale")?.ElementAtOrDefault(i) ?? 0), static c => c.Sum()).Select(n => n / step);

    private static IEnumerable<double> Slowest(SeriesReport series, double step) => Chunks(series, step, i => series.P99.ElementAtOrDefault(i), static c => c.Max());

    private static IEnumerable<double> Chunks(SeriesReport series, double step, Func<int, double> value, Func<IEnumerable<double>, double> together) =>
        Enumerable.Range(0, series.Planned.Count).Select(value).Chunk(Math.Max(1, (int)Math.Round(step / series.StepSeconds))).Select(together);

    private static string Text(string text) => Plot.Text(text);
}
