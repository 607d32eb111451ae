namespace SandGlass.LoadTests.Reports;

/// <summary>One page that needs nothing else: no script, no font, no address outside. Light or dark as the reader's machine is.</summary>
internal static class HtmlReport
{
    /// <summary>Of all pages of runs.</summary>
    public const string Style = """
        :root{color-scheme:light dark;--ink:#1c2430;--dim:#667;--line:#d5dae2;--page:#fff;--a:#2f6fdb;--b:#e0742b;--c:#8a4fc7;--good:#2c9c5a;--bad:#c8323c;--stale:#8fb84a;--many:#d9b13b}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#9aa4b2;--line:#343c48;--page:#14181e;--a:#6ea2ff;--b:#ff9d57;--c:#bd8cff;--good:#58c988;--bad:#ff6b74;--stale:#c9d96a;--many:#e2c058}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:75rem;margin:2rem auto;padding:0 1rem}
        h1{margin:0}p,li{color:var(--dim)}ul{padding-left:1.2rem}.plot{overflow-x:auto}.named{white-space:nowrap}.legend{display:flex;flex-wrap:wrap;gap:.1rem .9rem}svg{width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:11px}
        .wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2rem .6rem;border-bottom:1px solid var(--line);text-align:right}
        th:nth-child(-n+3),td:nth-child(-n+3){text-align:left}.invalid{border:2px solid var(--bad);padding:.6rem;color:var(--bad)}.met{color:var(--good)}.missed{color:var(--bad);font-weight:600}
        svg text.mark{fill:var(--a);font-weight:600}h3{margin:.6rem 0 0}small{font-weight:400;color:var(--dim)}.key{display:inline-block;width:.8em;height:.8em;margin:0 .35em 0 0}
        """;

    public static string Write(RunReport report)
    {
        var s = report.Series;
        var length = Length(report);
        double Rate(long count) => count / s.StepSeconds;
        string[] parts =
        [
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{Text(report.TestSuite)}: {Text(report.TestName)}</title><style>{Style}</style></head><body>",
            $"<h1>{Text(report.TestName)}</h1>",
            .. TextReports.Head(report).Where(static l => !l.StartsWith("INVALID", StringComparison.Ordinal)).Select(static l => $"<p>{Text(l)}</p>"),
            .. report.Invalid.Select(static r => $"<p class=\"invalid\">This is no measurement: {Text(r)}</p>"),
            "<h2>Thresholds</h2>",
            report.Thresholds.Count == 0 ? "<p>None were set.</p>" : "<ul>" + string.Concat(report.Thresholds.Select(static t => $"<li><span class=\"{(t.Met ? "met\">met" : "missed\">missed")}</span> {Text(t.Scenario)}: {Text(t.Text)}, {Text(t.Said())}</li>")) + "</ul>",
            "<h2>Rate</h2><p>Journeys planned and requests sent a second.</p>",
            Plot.Legend(("journeys planned", "var(--b)"), ("requests sent", "var(--a)")),
            Lines(length, s.StepSeconds, "/s", (s.Planned.Select(Rate), "var(--b)"), (s.Sent.Select(Rate), "var(--a)")),
            "<h2>Latency</h2><p>Of good answers, in milliseconds, by the moment that they were planned for.</p>",
            Plot.Legend(("p99 from the plan", "var(--b)"), ("p99 from the start", "var(--c)"), ("p50 from the plan", "var(--a)")),
            Lines(length, s.StepSeconds, "ms", (s.P99, "var(--b)"), (s.P99FromStart, "var(--c)"), (s.P50, "var(--a)")),
            "<h2>Outcomes</h2><p>A second, by the moment that they were planned for. 429 and 503 are refusals by design.</p>",
            Plot.Legend([.. s.Outcomes.Where(static o => o.Value.Any(static n => n > 0)).Select(static o => (o.Key, Plot.Colour(o.Key)))]),
            Stack(report),
            .. Chains(report),
            "<h2>Numbers</h2><p>Milliseconds from the planned moment on; the last column from the real start.</p><div class=\"wide\"><table>",
            "<tr><th>scenario<th>step<th>outcome<th>count<th>req/s<th>bytes<th>min<th>mean<th>p50<th>p75<th>p90<th>p95<th>p99<th>p99.9<th>p99.99<th>max<th>p99 from start</tr>",
            .. TextReports.Rows(report).Select(static r => $"<tr>{string.Concat(r.Select(static c => $"<td>{Text(c)}</td>"))}</tr>"),
            "</table></div><h2>Load</h2><ul>",
            .. report.Scenarios.Select(static c => $"<li>{Text(c.Name)} → {Text(c.Target)}, HTTP/{Text(c.Http)}: {Text(string.Join(", ", c.Simulations))}</li>"),
            "</ul></body></html>",
        ];
        return string.Join('\n', parts) + "\n";
    }

    private static string Text(string text) => Plot.Text(text);

    /// <summary>Seconds that its pictures show: those of the plan, and what was under way after it.</summary>
    public static double Length(RunReport report) => Math.Max(report.Series.StepSeconds * Math.Max(1, report.Series.Planned.Count), report.Chains.Select(static c => c.StepSeconds * c.Asked.Count).DefaultIfEmpty().Max());

    /// <summary>Some values over time; the first lies below the others.</summary>
    public static string Lines(double length, double step, string unit, params (IEnumerable<double> Values, string Colour)[] lines)
    {
        var drawn = lines.Select(static l => (Values: l.Values.ToArray(), l.Colour)).ToArray();
        var plot = new Plot(length, drawn.Max(static l => l.Values.DefaultIfEmpty().Max()), unit);
        return plot.Svg(string.Concat(drawn.Select((l, i) => plot.Line(l.Values, step, l.Colour, i == 0 ? 2.6 : 1.6))), unit);
    }

    private static string Stack(RunReport report)
    {
        var s = report.Series;
        var most = Enumerable.Range(0, Math.Max(1, s.Planned.Count)).Max(i => s.Outcomes.Values.Sum(o => o.ElementAtOrDefault(i)) / s.StepSeconds);
        var plot = new Plot(Length(report), most, "/s");
        return plot.Svg(plot.Stack(s), "outcomes a second", report.Marks);
    }

    // One below the other on one scale of time; the words of marks stand above the first.
    private static IEnumerable<string> Chains(RunReport report)
    {
        if (report.Chains.Count == 0)
        {
            yield break;
        }

        yield return "<h2>Goodput by chain</h2><p>What users asked for a second, and what of it was answered well; a user whose client asks again is one.</p>";
        yield return Plot.Legend(("asked for", "color-mix(in srgb,var(--bad) 30%,transparent)"), ("answered well", "var(--good)"));
        foreach (var (chain, i) in report.Chains.Select(static (c, i) => (c, i)))
        {
            var (asked, good, _) = Plot.Rates(chain, 1020 / 6);
            var plot = new Plot(Length(report), Math.Max(asked.Max(), good.Max()), "/s", height: 110);
            var (all, well) = (chain.Asked.Sum(), chain.Good.Sum());
            yield return $"<h3>{Text(chain.Name)} <small>{(all == 0 ? "nobody" : $"{TextReports.Number(100.0 * well / all)} % of {all:N0}")}</small></h3>";
            yield return plot.Svg(plot.Goodput(chain), $"goodput of {chain.Name}", report.Marks, words: i == 0);
        }

        if (report.Marks.Count > 0)
        {
            yield return "<h2>What was switched</h2><ul>" + string.Concat(report.Marks.Select(static m => $"<li>{TextReports.Number(m.At)} s: {Text(m.Text)}</li>")) + "</ul>";
        }
    }
}
