using System.Xml.Linq;
using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Reports;
using SandGlass.LoadTests.Running;
using SandGlass.LoadTests.Tests.Running;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Reports;

public sealed class ReportTests
{
    private static RunReport Run(Func<Shot, double, (TimeSpan, Answer)> answer, string name = "s", params Threshold[] thresholds)
    {
        var clock = new TestClock();
        var scenario = Some.Scenario(Some.Inject(100, 20)) with { Name = name };
        var recorder = new VirtualServer(clock, answer).Run(new([scenario], seed: 1));
        return ReportBuilder.Build(new("suite", name, "run", clock.GetUtcNow(), 20, 1, []), recorder, new Health(clock), thresholds);
    }

    private static RunReport Steady(double ms, double refused = 0, string name = "s", params Threshold[] thresholds)
    {
        var dice = new Dice(3);
        return Run((_, _) => (TimeSpan.FromMilliseconds(ms * (0.5 + dice.Roll())), dice.Roll() < refused ? new Answer(Outcome.Unavailable, 503) : Some.Good), name, thresholds);
    }

    private static Threshold Goal(Subject subject, string metric, string sign, double limit, int? status = null) => new(0, null, subject, status, metric, sign, limit, $"{subject} {metric} {sign} {limit}");

    [Fact]
    public void Thresholds_are_judged_by_what_was_measured()
    {
        var report = Steady(
            10, 0.25, "s",
            Goal(Subject.OkRequest, "percent", ">", 70), Goal(Subject.OkRequest, "rps", ">", 80), Goal(Subject.FailRequest, "percent", "=", 0),
            Goal(Subject.Refused, "percent", "<", 20), Goal(Subject.StatusCode, "percent", "<", 30, 503), Goal(Subject.OkLatency, "p99", "<", 12), Goal(Subject.OkLatency, "max", "<=", 15.1),
            Goal(Subject.OkDataTransfer, "mean", "=", 100));

        Assert.Equal([true, false, true, false, true, false, true, true], report.Thresholds.Select(static t => t.Met));
        Assert.InRange(report.Thresholds[0].Value!.Value, 72, 78);
        Assert.Equal([" %", "/s", " %", " %", " %", " ms", " ms", " bytes"], report.Thresholds.Select(static t => t.Unit));
        Assert.Equal(1, report.ExitCode);
        Assert.Equal(0, Steady(10, 0, "s", Goal(Subject.OkLatency, "p99", "<", 20)).ExitCode);
        Assert.Equal(4, (report with { Invalid = ["late"] }).ExitCode);
    }

    [Fact]
    public void A_run_that_nobody_answered_is_no_success_and_a_p99_of_nothing_is_not_measured()
    {
        var dead = Run(static (_, _) => (TimeSpan.FromMilliseconds(1), new Answer(Outcome.Error, 0, Why: "could not connect")), "s", Goal(Subject.OkLatency, "p99", "<", 20));

        Assert.Equal((false, null), (dead.Thresholds.Single().Met, dead.Thresholds.Single().Value));
        Assert.Contains("MISSED s: OkLatency p99 < 20 (not measured)", TextReports.Txt(dead), StringComparison.Ordinal);
        Assert.Contains("<failure message=\"not measured\"/>", TextReports.JUnit(dead), StringComparison.Ordinal);
        Assert.Equal((true, 1), (dead.Unanswered, dead.ExitCode));
        Assert.Equal(4, (dead with { Invalid = ["late"] }).ExitCode);

        // One answer, be it a refusal, and it was somebody who answered.
        var refused = Run(static (_, at) => (TimeSpan.FromMilliseconds(1), at < 0.1 ? new Answer(Outcome.Unavailable, 503) : new Answer(Outcome.Error, 0)));
        Assert.Equal((false, 0), (refused.Unanswered, refused.ExitCode));
    }

    [Fact]
    public void The_json_report_reads_back_as_it_was()
    {
        var report = Steady(10, 0.1);
        var json = TextReports.Json(report);

        Assert.Equal(json, TextReports.Json(TextReports.Read(json, out _)!));
        Assert.Null(TextReports.Read("[]", out var why));
        Assert.Contains("no report", why, StringComparison.Ordinal);
        Assert.Null(TextReports.Read(json.Replace("\"format\":1", "\"format\":9", StringComparison.Ordinal), out _));
    }

    [Fact]
    public void All_kinds_carry_the_numbers_and_escape_what_they_are_given()
    {
        const string Name = "<script>alert(1)</script>|\"x\",=1";
        var report = Steady(10, 0.1, Name, Goal(Subject.OkLatency, "p99", "<", 1));
        var served = report.Scenarios[0].Outcomes.Single(static o => o.Outcome == "200").Count.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var html = HtmlReport.Write(report);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://www", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.Equal(4, html.Split("<svg").Length - 1);
        Assert.Contains($"<td>{served}</td>", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", html, StringComparison.Ordinal);

        Assert.Contains($"| {served} |", TextReports.Markdown(report), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", TextReports.Markdown(report), StringComparison.Ordinal);
        Assert.Contains("\"<script>alert(1)</script>|\"\"x\"\",=1\"", TextReports.Csv(report), StringComparison.Ordinal);
        Assert.All(TextReports.Csv(Steady(10, 0.1)).TrimEnd().Split('\n'), static line => Assert.Equal(17, line.Split(',').Length));
        Assert.Contains(served, TextReports.Txt(report), StringComparison.Ordinal);

        var junit = XDocument.Parse(TextReports.JUnit(report));
        Assert.Equal("1", junit.Descendants("testsuite").Single().Attribute("failures")!.Value);
        Assert.StartsWith("was 1", junit.Descendants("failure").Single().Attribute("message")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_has_goodput_by_chain_and_what_was_switched_meanwhile()
    {
        var report = Steady(10, 0.25) with { Marks = [new(7.5, "switch search-off on", "switch search-off on, by ops: <slow>")] };
        var html = HtmlReport.Write(report);

        Assert.Equal((2_000, report.Scenarios[0].Outcomes.Single(static o => o.Outcome == "200").Count), (report.Chains.Single().Asked.Sum(), report.Chains.Single().Good.Sum()));
        Assert.Contains("Goodput by chain", html, StringComparison.Ordinal);
        Assert.Contains("% of 2,000", html, StringComparison.Ordinal);
        // In the stack of outcomes and above the first chain.
        Assert.Equal(2, html.Split(">switch search-off on</text>").Length - 1);
        Assert.Contains("<li>7.5 s: switch search-off on, by ops: &lt;slow&gt;</li>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_series_shows_a_stall_when_it_was_and_not_when_it_ended()
    {
        var report = Run(static (_, at) => (TimeSpan.FromSeconds(at is >= 5 and < 6 ? 6 - at + 0.01 : 0.01), Some.Good));

        Assert.InRange(report.Series.P99[5], 930, 1_050);
        Assert.InRange(report.Series.P99[6], 9, 11);
        Assert.Equal(100, report.Series.Outcomes["200"][5]);
        Assert.Equal(2_000, report.Series.Planned.Sum());
        Assert.Equal(2_000, report.Series.Sent.Sum());
    }

    [Fact]
    public void What_comes_after_the_last_arrival_is_no_rush_at_the_end()
    {
        // Each journey goes on for ten seconds after its begin: the last ones past the end of arrivals.
        var clock = new TestClock();
        var scenario = Some.Scenario(Some.Inject(10, 20)) with { Steps = [Some.Step(think: TimeSpan.FromSeconds(10)), Some.Step()] };
        var recorder = new VirtualServer(clock, static (_, _) => (TimeSpan.FromMilliseconds(5), Some.Good)).Run(new([scenario], seed: 1));

        var report = ReportBuilder.Build(new("suite", "s", "run", clock.GetUtcNow(), 20, 1, []), recorder, new Health(clock), []);

        Assert.InRange(report.Series.Planned.Count, 30, 31);
        Assert.All(report.Series.Outcomes["200"][20..30], static n => Assert.InRange(n, 9, 11));
        Assert.Equal(400, report.Chains.Single().Good.Sum());
    }

    [Fact]
    public void Two_runs_on_one_page_mark_what_matters()
    {
        var page = ComparisonPage.Write(Steady(10, name: "<a>"), Steady(20, name: "<a>") with { Invalid = ["late"] });

        Assert.Contains("<tr class=\"matters\"><td>&lt;a&gt;<td>p50 of good answers, ms", page, StringComparison.Ordinal);
        Assert.Contains("B is no measurement: late", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("<svg").Length - 1);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(265, 25, "0,100,200,300 /s", "0 s,5 s,10 s,15 s,20 s,25 s")]
    [InlineData(0.03, 0.7, "0,0.01,0.02,0.03 /s", "0 s,0.1 s,0.2 s")]
    [InlineData(5_000, 5_400, "0,2000,4000,6000 /s", "0 min,10 min,20 min,30 min")]
    [InlineData(0, 200_000, "0", "0 h,12 h,24 h,36 h,48 h")]
    public void Axes_have_round_numbers_and_their_unit(double most, double seconds, string up, string along)
    {
        var drawn = new Plot(seconds, most, "/s").Svg(string.Empty, "x");
        string[] texts = [.. drawn.Split("</text>").SkipLast(1).Select(static t => t[(t.LastIndexOf('>') + 1)..])];

        Assert.StartsWith(up, string.Join(',', texts), StringComparison.Ordinal);
        Assert.Contains(along, string.Join(',', texts), StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_matter_only_where_chance_does_not_explain_them()
    {
        Assert.DoesNotContain(Comparison.Of(Steady(10, 0.1), Run(Other(10, 0.1, seed: 9))), static d => d.Matters);

        string[] slower = [.. Comparison.Of(Steady(10, 0.1), Run(Other(13, 0.1, seed: 9))).Where(static d => d.Matters).Select(static d => d.What)];
        Assert.Contains("p50 of good answers, ms", slower);
        Assert.DoesNotContain("503, % of requests", slower);

        string[] fewer = [.. Comparison.Of(Steady(10, 0.1), Run(Other(10, 0.2, seed: 9))).Where(static d => d.Matters).Select(static d => d.What)];
        Assert.Equal(["200, % of requests", "503, % of requests"], fewer);

        static Func<Shot, double, (TimeSpan, Answer)> Other(double ms, double refused, ulong seed)
        {
            var dice = new Dice(seed);
            return (_, _) => (TimeSpan.FromMilliseconds(ms * (0.5 + dice.Roll())), dice.Roll() < refused ? new Answer(Outcome.Unavailable, 503) : Some.Good);
        }
    }
}
