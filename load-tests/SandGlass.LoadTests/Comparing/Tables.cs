using System.Globalization;
using System.Net;
using System.Text.Json;

namespace SandGlass.LoadTests.Comparing;

/// <summary>The one table, for terminals, as Markdown and as a page; and the JSON that all of it is made from.</summary>
internal static class Tables
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static IReadOnlyList<string> Columns { get; } =
        ["load", "through", "transaction", "marketing", "after-sale", "good/s", "orders", "p50 ms", "p99 ms", "p99 tx ms", "saved", "wasted", "CPU µs", "valid"];

    public static string Times(double times) => times.ToString("0.##", CultureInfo.InvariantCulture) + "×";

    public static string Text(ComparisonReport report)
    {
        string[][] rows = [[.. Columns], .. Row.Of(report).Select(static r => r.Texts().ToArray())];
        int[] widths = [.. Columns.Select((_, i) => rows.Max(r => r[i].Length))];
        var lines = rows.Select(r => string.Join("  ", r.Select((cell, i) => i < 2 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
        return string.Join('\n', [.. Head(report), string.Empty, .. lines, string.Empty, .. Foot(report)]) + "\n";
    }

    public static string Markdown(ComparisonReport report)
    {
        var rows = Row.Of(report).Select(static r => $"| {string.Join(" | ", r.Texts())} |");
        string[] lines =
        [
            .. Head(report), string.Empty,
            $"| {string.Join(" | ", Columns)} |", "| --- | --- |" + string.Concat(Enumerable.Repeat(" ---: |", Columns.Count - 2)), .. rows, string.Empty,
            .. Foot(report).Select(static l => "- " + l),
        ];
        return string.Join('\n', lines) + "\n";
    }

    public static string Json(ComparisonReport report) => JsonSerializer.Serialize(report, Options);

    public static string Html(ComparisonReport report)
    {
        static string Safe(string text) => WebUtility.HtmlEncode(text);
        const string Style = """
            :root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}
            .wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;white-space:nowrap}th,td{padding:.2rem .45rem;border-bottom:1px solid #8885;text-align:right}
            th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}tr.first td{border-top:2px solid #888}tr.ours td{font-weight:600}
            """;
        var rows = Row.Of(report);
        var lines = rows.Select((r, i) => $"<tr class=\"{(i == 0 || rows[i - 1].Times != r.Times ? "first " : string.Empty)}{(r.Peer == "SandGlass" ? "ours" : string.Empty)}\">"
            + $"{string.Concat(r.Texts().Select(t => $"<td>{Safe(t)}</td>"))}</tr>");
        string[] page =
        [
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Comparison</title><style>{Style}</style></head><body><h1>Comparison</h1>",
            .. Head(report).Select(static l => $"<p>{Safe(l)}</p>"),
            $"<div class=\"wide\"><table><tr>{string.Concat(Columns.Select(static c => $"<th>{Safe(c)}</th>"))}</tr>", .. lines, "</table></div><ul>",
            .. Foot(report).Select(static l => $"<li>{Safe(l)}</li>"), "</ul></body></html>",
        ];
        return string.Join('\n', page) + "\n";
    }

    private static IEnumerable<string> Head(ComparisonReport report)
    {
        var plan = report.Plan;
        if (report.CutBefore is { } left)
        {
            yield return $"CUT SHORT: {report.Cells.Count} of {report.Cells.Count + left} cells were measured; this is a part and no comparison.";
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"A shop that bears {plan.Capacity:0.##} requests a second ({plan.Workers} workers, {plan.ServiceMs} ms in the mean), clients that leave after {plan.PatienceMs} ms; {plan.Seconds:0.##} s a cell after {plan.WarmUpSeconds:0.##} s at half the capacity.");
        yield return $"{report.Began:yyyy-MM-dd HH:mm}Z, {report.Cores} cores for peer, shop and generator together, {report.Machine}. {string.Join(", ", report.Peers.Select(static p => $"{p.Name} {p.Version}"))}.";
    }

    private static IEnumerable<string> Foot(ComparisonReport report)
    {
        yield return "transaction, marketing, after-sale, orders: good answers of what came, in time. p50, p99: of all good answers from the planned moment; p99 tx: of the transaction chain's.";
        yield return "saved: of good answers, those that cost the shop no work (\"none\": it worked more than it was good for); wasted: its work for clients that had left; CPU: the peer's, a request that came.";
        if (report.Cells.Select(static c => c.Round).Distinct().Count() > 1)
        {
            yield return "Medians of the rounds that are measurements.";
        }

        foreach (var cell in report.Cells.Where(static c => c.Invalid.Count > 0))
        {
            yield return $"INVALID: {cell.Peer} at {Times(cell.Times)}, round {cell.Round}: {string.Join("; ", cell.Invalid)}";
        }

        foreach (var skipped in report.Skipped)
        {
            yield return $"left out: {skipped}";
        }
    }
}
