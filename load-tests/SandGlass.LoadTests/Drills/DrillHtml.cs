using System.Globalization;
using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Drills;

/// <summary>All drills on one page that needs nothing else: no script, no font, no address outside. Light or dark as the reader's machine is.</summary>
internal static class DrillHtml
{
    private const int Half = 520;

    private const string Style = """
        :root{color-scheme:light dark;--ink:#1c2430;--dim:#5d6878;--line:#dfe4ea;--page:#f6f7f9;--card:#fff;--a:#2f6fdb;--b:#e0742b;--c:#8a4fc7;--good:#2c9c5a;--bad:#c8323c;--stale:#8fb84a;--many:#d9b13b}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#9aa4b2;--line:#2c343f;--page:#0f1318;--card:#171c23;--a:#6ea2ff;--b:#ff9d57;--c:#bd8cff;--good:#4fbf80;--bad:#ff6b74;--stale:#a8cf66;--many:#e2c058}}
        *{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:80rem;margin:2rem auto;padding:0 1.2rem}
        h1{margin:0;font-size:1.9rem;letter-spacing:-.01em}h2{margin:2.4rem 0 .6rem;font-size:1.25rem}h3{margin:0 0 .2rem;font-size:1.15rem}p{margin:.3rem 0}.dim,.legend{color:var(--dim)}.legend{font-size:.85rem}
        .card{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1.1rem 1.3rem;margin:0 0 1.2rem;overflow-x:auto}
        .pill{display:inline-block;border-radius:1rem;padding:.05rem .65rem;font-size:.8rem;font-weight:600;color:#fff;vertical-align:.1em}.pill.yes{background:var(--good)}.pill.no{background:var(--bad)}.pill.none{background:var(--dim)}
        .verdict{font-size:1.15rem;font-weight:600;margin:.6rem 0 0}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{font-weight:600;color:var(--dim);font-size:.82rem}th,td{padding:.38rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:middle}tr:last-child td{border-bottom:0}
        td.n,th.n{text-align:right;white-space:nowrap}td small{color:var(--dim)}.yes{color:var(--good)}.no{color:var(--bad)}.pill.yes,.pill.no{color:#fff}
        .bar{display:inline-block;width:6.5rem;height:.55rem;border-radius:.3rem;background:color-mix(in srgb,var(--bad) 28%,transparent);overflow:hidden;vertical-align:.05em;margin-right:.5rem}.bar i{display:block;height:100%;background:var(--good)}
        .two{display:grid;grid-template-columns:1fr 1fr;gap:1.6rem;margin-top:.9rem}@media(max-width:60rem){.two{grid-template-columns:1fr}}
        @media(max-width:40rem){.card{padding:.9rem}.many{min-width:48rem}.rows tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}.rows tr:first-child{display:none}.rows td{display:inline-block;border:0;padding:.1rem .7rem .1rem 0;text-align:left}.rows td:nth-child(-n+2){display:block}.rows td.n:before{content:attr(title) " ";color:var(--dim);font-size:.8rem}}
        .tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:.5rem;margin:.4rem 0 .5rem}.tile{border:1px solid var(--line);border-radius:.5rem;padding:.35rem .6rem}.tile b{display:block;font-size:1.15rem;line-height:1.3}.tile span{font-size:.75rem;color:var(--dim)}@media(max-width:40rem){.tiles{grid-template-columns:1fr 1fr}}
        .side{font-weight:600}.lesson{border-left:3px solid var(--a);padding:.1rem 0 .1rem .8rem;margin-top:.8rem}svg{width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:11px}svg text.mark{fill:var(--a);font-weight:600}
        .key{display:inline-block;width:.75em;height:.75em;border-radius:.15em;margin:0 .35em 0 0}.legend{display:flex;flex-wrap:wrap;gap:.1rem .9rem}.named,td.bars{white-space:nowrap}.two>div{min-width:0}.plot{overflow-x:auto}.cap{font-size:.8rem;color:var(--dim);margin:.5rem 0 0}.invalid{color:var(--bad);font-weight:600}a{color:inherit}
        """;

    public static string Of(DrillReport report)
    {
        string[] parts =
        [
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>SandGlass: drills</title><style>{Style}</style></head><body>",
            $"<h1>Drills</h1><p class=\"dim\">{report.Began:yyyy-MM-dd HH:mm}Z · {Text(report.Machine)} · gateway, shop and generator on this one machine</p>",
            $"<p class=\"verdict\">{Pill(report.ExitCode switch { 0 => true, 3 or 4 => null, _ => false }, report.ExitCode switch { 0 => "passed", 3 => "cut short", 4 => "not a measurement", _ => "failed" })} {Text(DrillText.Verdict(report))}</p>",
            report.Unprotected ? "<p>Protection was off: these runs are to fail, and so prove that the drills can.</p>" : string.Empty,
            "<h2>What broke, and what became of the orders</h2>",
            Summary(report),
            .. report.Evaluation.Count == 0 ? [] : new[] { "<h2>Evaluation</h2>", Table(report.Evaluation) },
            "<h2>Each drill</h2>",
            Plot.Legend(("asked for and not answered well", "color-mix(in srgb,var(--bad) 30%,transparent)"), ("answered well within a second", "var(--good)"), ("degraded or stale", "var(--stale)"), ("429", "var(--many)"), ("503", "var(--b)"), ("other", "var(--c)"), ("no answer", "var(--bad)")),
            .. report.Drills.Select(Drill),
            "</body></html>",
        ];
        return string.Join('\n', parts) + "\n";
    }

    private static string Summary(DrillReport report) =>
        $"<div class=\"card\"><table class=\"many\"><tr><th>drill<th>source of failure{(report.Unprotected ? string.Empty : "<th>orders without protection")}<th>orders {(report.Unprotected ? "without protection" : "protected")}<th class=\"n\">p99<th class=\"n\">protected after<th class=\"n\">recovered after<th></tr>"
        + string.Concat(report.Drills.Select(d => $"<tr><td><a href=\"#{Text(d.Name)}\">{Text(d.Title)}</a><td>{Text(d.Source)}" + (d.Judged is not { } judged
            ? $"<td colspan=\"{(report.Unprotected ? 4 : 5)}\" class=\"dim\">skipped: {Text(d.Skipped ?? string.Empty)}<td>{Pill(null, "skipped")}</tr>"
            : $"{(report.Unprotected ? string.Empty : $"<td class=\"bars\">{(d.Contrast is { } without ? Bar(without.Goal("goodput")) : string.Empty)}")}<td class=\"bars\">{Bar(judged.Goal("goodput"))}{Number(judged, "p99")}{Number(judged, "protect")}{Number(judged, "recover")}<td>{Pill(judged)}</tr>")))
        + "</table></div>";

    private static string Table(IReadOnlyList<EvaluationRow> rows) =>
        "<div class=\"card\"><table class=\"rows\"><tr><th>aspect<th>metric<th class=\"n\">measured<th class=\"n\">goal<th></tr>"
        + string.Concat(rows.Select((r, i) => $"<tr><td>{(i > 0 && rows[i - 1].Aspect == r.Aspect ? string.Empty : $"<b>{Text(r.Aspect)}</b>")}<td>{Text(r.Metric)}{(r.Note is null ? string.Empty : $"<br><small>{Text(r.Note)}</small>")}<td class=\"n\" title=\"measured\">{Text(r.Value ?? "not measured")}<td class=\"n\" title=\"goal\">{Text(r.Goal)}<td>{Pill(r.Met, r.Met switch { true => "met", false => "missed", _ => "not measured" })}</tr>"))
        + "</table></div>";

    private static string Drill(DrillResult drill)
    {
        DrillRunResult[] runs = [.. new[] { drill.Contrast, drill.Judged }.OfType<DrillRunResult>()];
        var most = runs.Select(static r => Plot.Rates(Critical(r), Half / 6).Asked.DefaultIfEmpty().Max()).DefaultIfEmpty().Max();
        var all = runs.Select(static r => Rates(r.Series).DefaultIfEmpty().Max()).DefaultIfEmpty().Max();
        return $"<section class=\"card\" id=\"{Text(drill.Name)}\"><h3>{Text(drill.Title)} {(drill.Judged is { } judged ? Pill(judged) : Pill(null, "skipped"))}</h3><p class=\"dim\">{Text(drill.Source)} · <code>drill {Text(drill.Name)}</code></p><p>{Text(drill.Story)}</p>"
            + $"<div class=\"two\">{string.Concat(runs.Select(r => Side(r, most, all)))}</div>"
            + $"<p class=\"lesson\"><b>In production:</b> {Text(drill.Lesson)}</p></section>";
    }

    private static string Side(DrillRunResult run, double most, double all)
    {
        var seconds = run.Chains.Select(static c => c.Asked.Count * c.StepSeconds).DefaultIfEmpty(1).Max();
        var band = (run.FaultFrom, run.FaultTo);
        var critical = new Plot(seconds, most, "/s", Half, 120);
        var outcomes = new Plot(seconds, all, "/s", Half, 80);
        var latency = new Plot(seconds, Math.Max(run.Goal("p99").Goal, run.CriticalP99.DefaultIfEmpty().Max()), "ms", Half, 60);
        return $"<div><p class=\"side\">{(run.Protected ? "Protected" : "Without protection")}</p>"
            + string.Concat(run.Invalid.Select(static r => $"<p class=\"invalid\">No measurement: {Text(r)}</p>"))
            + $"<div class=\"tiles\">{string.Concat(run.Goals.Select(static g => $"<div class=\"tile\"><b class=\"{(g.Met ? "yes" : "no")}\">{Text(DrillText.Value(g))}</b><span>{Text(Short(g))} {g.Sign} {Text(DrillText.Goal(g))}</span></div>"))}</div>"
            + "<p class=\"cap\">Orders a second</p>"
            + critical.Svg(critical.Band(band.FaultFrom, band.FaultTo, "var(--bad)") + critical.Goodput(Critical(run)), "goodput of the critical chain", Together(run.Marks))
            + "<p class=\"cap\">All requests a second, by outcome</p>"
            + outcomes.Svg(outcomes.Band(band.FaultFrom, band.FaultTo, "var(--bad)") + outcomes.Stack(run.Series), "requests by outcome", run.Marks, words: false)
            + "<p class=\"cap\">p99 of orders answered well</p>"
            + latency.Svg(latency.Band(band.FaultFrom, band.FaultTo, "var(--bad)") + latency.Line(run.CriticalP99, 0.5, "var(--b)"), "p99 of the critical chain", run.Marks, words: false)
            + $"<p class=\"cap\">{Cost(run)}</p></div>";
    }

    private static string Cost(DrillRunResult run)
    {
        var cost = run.Cost;
        var cpu = cost is { CpuSeconds: { } used, Sent: > 0 } ? $", {TextReports.Number(used * 1e6 / cost.Sent)} µs of the gateway's CPU each" : string.Empty;
        var memory = cost.PeakBytes is { } bytes ? $", {TextReports.Number(bytes / 1048576.0)} MB at most" : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{cost.Sent:N0} requests, {cost.ShopCalls:N0} reached the shop{cpu}{memory}");
    }

    // Two things at one moment are one mark: "a is gone, b is gone".
    private static MarkReport[] Together(IReadOnlyList<MarkReport> marks) =>
        [.. marks.GroupBy(static m => Math.Round(m.At * 4)).Select(static g => new MarkReport(g.First().At, string.Join(", ", g.Select(static m => m.Short)), string.Join(", ", g.Select(static m => m.Text))))];

    private static ChainReport Critical(DrillRunResult run) => run.Chains.FirstOrDefault(static c => c.Name == Drills.Drill.Critical) ?? new(string.Empty, Held.Bucket, [0], [0]);

    private static IEnumerable<double> Rates(SeriesReport s) => Enumerable.Range(0, s.Planned.Count).Select(i => s.Outcomes.Values.Sum(o => o.ElementAtOrDefault(i)) / s.StepSeconds);

    private static string Short(GoalResult goal) => goal.Key switch { "goodput" => "goodput", "p99" => "p99", "protect" => "to protect", _ => "to recover" };

    private static string Bar(GoalResult goal) => string.Create(CultureInfo.InvariantCulture, $"<span class=\"bar\"><i style=\"width:{100 * (goal.Value ?? 0):0.#}%\"></i></span><span class=\"{(goal.Met ? "yes" : "no")}\">{Text(DrillText.Value(goal))}</span>");

    private static string Number(DrillRunResult run, string key) => $"<td class=\"n\"><span class=\"{(run.Goal(key).Met ? "yes" : "no")}\">{Text(DrillText.Value(run.Goal(key)))}</span>";

    private static string Pill(DrillRunResult run) => Pill(run.Invalid.Count > 0 ? null : run.Passed, DrillText.Word(run).ToLowerInvariant());

    private static string Pill(bool? good, string word) => $"<span class=\"pill {good switch { true => "yes", false => "no", _ => "none" }}\">{Text(word)}</span>";

    private static string Text(string text) => Plot.Text(text);
}
