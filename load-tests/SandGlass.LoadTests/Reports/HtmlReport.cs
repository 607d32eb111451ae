using System.Globalization;
using System.Net;

namespace SandGlass.LoadTests.Reports;

/// <summary>One page that needs nothing else: no script, no font, no address outside. Light or dark as the reader's machine is.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root{color-scheme:light dark;--ink:#1c2430;--dim:#667;--line:#d5dae2;--page:#fff;--a:#2f6fdb;--b:#e0742b;--c:#8a4fc7;--good:#2c9c5a;--bad:#c8323c}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#9aa4b2;--line:#343c48;--page:#14181e;--a:#6ea2ff;--b:#ff9d57;--c:#bd8cff;--good:#58c988;--bad:#ff6b74}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:75rem;margin:2rem auto;padding:0 1rem}
        h1{margin:0}p,li{color:var(--dim)}svg{width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:11px}
        .wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2rem .6rem;border-bottom:1px solid var(--line);text-align:right}
        th:nth-child(-n+3),td:nth-child(-n+3){text-align:left}.invalid{border:2px solid var(--bad);padding:.6rem;color:var(--bad)}.met{color:var(--good)}.missed{color:var(--bad);font-weight:600}
        .key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
        """;

    private static readonly Dictionary<string, string> Colours = new()
    {
        ["200"] = "var(--good)",
        ["stale"] = "#8fb84a",
        ["429"] = "#d9b13b",
        ["503"] = "var(--b)",
        ["other"] = "var(--c)",
        ["error"] = "var(--bad)",
    };

    public static string Write(RunReport report)
    {
        var s = report.Series;
        double Rate(long count) => count / s.StepSeconds;
        string[] parts =
        [
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{Text(report.TestSuite)}: {Text(report.TestName)}</title><style>{Style}</style></head><body>",
            $"<h1>{Text(report.TestName)}</h1>",
            .. TextReports.Head(report).Where(static l => !l.StartsWith("INVALID", StringComparison.Ordinal)).Select(static l => $"<p>{Text(l)}</p>"),
            .. report.Invalid.Select(static r => $"<p class=\"invalid\">This is no measurement: {Text(r)}</p>"),
            "<h2>Thresholds</h2>",
            report.Thresholds.Count == 0 ? "<p>None were set.</p>" : "<ul>" + string.Concat(report.Thresholds.Select(static t => $"<li><span class=\"{(t.Met ? "met\">met" : "missed\">missed")}</span> {Text(t.Scenario)}: {Text(t.Text)}, was {TextReports.Number(t.Value)}</li>")) + "</ul>",
            "<h2>Rate</h2><p>Journeys planned and requests sent a second.</p>",
            Legend(("planned", "var(--b)"), ("sent", "var(--a)")),
            Lines(s.StepSeconds, "/s", (s.Planned.Select(Rate), "var(--b)"), (s.Sent.Select(Rate), "var(--a)")),
            "<h2>Latency</h2><p>Of good answers, in milliseconds, by the moment that they were planned for.</p>",
            Legend(("p99 from the plan", "var(--b)"), ("p99 from the start", "var(--c)"), ("p50 from the plan", "var(--a)")),
            Lines(s.StepSeconds, "ms", (s.P99, "var(--b)"), (s.P99FromStart, "var(--c)"), (s.P50, "var(--a)")),
            "<h2>Outcomes</h2><p>A second, by the moment that they were planned for. 429 and 503 are refusals by design.</p>",
            Legend([.. s.Outcomes.Where(static o => o.Value.Any(static n => n > 0)).Select(static o => (o.Key, Colours.GetValueOrDefault(o.Key, "var(--dim)")))]),
            Stack(s),
            "<h2>Numbers</h2><p>Milliseconds from the planned moment on; the last column from the real start.</p><div class=\"wide\"><table>",
            "<tr><th>scenario<th>step<th>outcome<th>count<th>req/s<th>bytes<th>min<th>mean<th>p50<th>p75<th>p90<th>p95<th>p99<th>p99.9<th>p99.99<th>max<th>p99 from start</tr>",
            .. TextReports.Rows(report).Select(static r => $"<tr>{string.Concat(r.Select(static c => $"<td>{Text(c)}</td>"))}</tr>"),
            "</table></div><h2>Load</h2><ul>",
            .. report.Scenarios.Select(static c => $"<li>{Text(c.Name)} → {Text(c.Target)}, HTTP/{Text(c.Http)}: {Text(string.Join(", ", c.Simulations))}</li>"),
            "</ul></body></html>",
        ];
        return string.Join('\n', parts) + "\n";
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string F(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Legend(params (string Name, string Colour)[] keys) =>
        $"<p>{string.Concat(keys.Select(static k => $"<span class=\"key\" style=\"background:{k.Colour}\"></span>{Text(k.Name)}"))}</p>";

    private static string Lines(double step, string unit, params (IEnumerable<double> Values, string Colour)[] lines)
    {
        var drawn = lines.Select(static l => (Values: l.Values.ToArray(), l.Colour)).ToArray();
        var count = Math.Max(1, drawn.Max(static l => l.Values.Length));
        var most = Math.Max(1e-9, drawn.Max(static l => l.Values.DefaultIfEmpty().Max()));
        return Frame(step * count, most, unit, string.Concat(drawn.Select(l =>
            $"<polyline fill=\"none\" stroke=\"{l.Colour}\" stroke-width=\"1.6\" points=\"{string.Join(' ', l.Values.Select((v, i) => $"{F(X(i + 0.5, count))},{F(Y(v, most))}"))}\"/>")));
    }

    private static string Stack(SeriesReport series)
    {
        var count = Math.Max(1, series.Planned.Count);
        var sums = new double[count];
        List<(string Colour, string Points)> areas = [];
        var all = Enumerable.Range(0, count).Select(i => series.Outcomes.Values.Sum(o => o.ElementAtOrDefault(i)) / series.StepSeconds);
        var most = Math.Max(1e-9, all.Max());
        foreach (var (name, counts) in series.Outcomes.Where(static o => o.Value.Any(static n => n > 0)))
        {
            var below = sums.ToArray();
            for (var i = 0; i < counts.Length; i++)
            {
                sums[i] += counts[i] / series.StepSeconds;
            }

            // Steps and not slopes: a count belongs to its whole second.
            var top = sums.SelectMany((v, i) => new[] { $"{F(X(i, count))},{F(Y(v, most))}", $"{F(X(i + 1, count))},{F(Y(v, most))}" });
            var bottom = below.SelectMany((v, i) => new[] { $"{F(X(i, count))},{F(Y(v, most))}", $"{F(X(i + 1, count))},{F(Y(v, most))}" }).Reverse();
            areas.Add((Colours.GetValueOrDefault(name, "var(--dim)"), string.Join(' ', top.Concat(bottom))));
        }

        return Frame(series.StepSeconds * count, most, "/s", string.Concat(areas.Select(static a => $"<polygon fill=\"{a.Colour}\" points=\"{a.Points}\"/>")));
    }

    private static string Frame(double seconds, double most, string unit, string inside)
    {
        var grid = string.Concat(Enumerable.Range(0, 5).Select(i =>
            $"<line x1=\"60\" x2=\"990\" y1=\"{F(Y(i / 4.0, 1))}\" y2=\"{F(Y(i / 4.0, 1))}\" stroke=\"var(--line)\"/><text x=\"54\" y=\"{F(Y(i / 4.0, 1) + 4)}\" text-anchor=\"end\">{TextReports.Number(most * i / 4)} {unit}</text>"
            + $"<text x=\"{F(X(i, 4))}\" y=\"218\" text-anchor=\"middle\">{TextReports.Number(seconds * i / 4)} s</text>"));
        return $"<svg viewBox=\"0 0 1020 224\" role=\"img\">{grid}{inside}</svg>";
    }

    private static double X(double at, double count) => 60 + (930 * at / count);

    private static double Y(double value, double most) => 200 - (190 * value / most);
}
