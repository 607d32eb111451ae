using System.Text.Json;
using SandGlass.LoadTests.Drills;

namespace SandGlass.LoadTests.Tests.Drills;

public sealed class DrillReportTests
{
    [Fact]
    public void The_exit_code_is_0_when_all_passed_1_when_a_goal_was_missed_and_4_when_it_was_no_measurement()
    {
        var passed = SomeReports.Drill("hotspot");
        var failed = SomeReports.Drill("leak", goodput: 0.5);
        var invalid = failed with { Judged = failed.Judged! with { Invalid = ["late"] } };

        Assert.Equal(0, SomeReports.Report(passed).ExitCode);
        Assert.Equal(1, SomeReports.Report(passed, failed).ExitCode);
        Assert.Equal(4, SomeReports.Report(passed, failed, invalid).ExitCode);
        Assert.Equal(0, SomeReports.Report(passed, passed with { Judged = null, Contrast = null, Skipped = "no Redis" }).ExitCode);
        Assert.Equal(1, (SomeReports.Report(passed) with { Evaluation = [new("cost", "m", "1", "2", false)] }).ExitCode);
    }

    [Fact]
    public void The_page_has_the_numbers_escapes_what_it_is_given_and_needs_nothing_from_outside()
    {
        var html = DrillHtml.Of(SomeReports.Report(SomeReports.Drill("hotspot"), SomeReports.Drill("leak", goodput: 0.5, protect: null)));

        Assert.Contains("97.5 %", html, StringComparison.Ordinal);
        Assert.Contains("A &lt;story&gt;.", html, StringComparison.Ordinal);
        Assert.Contains("a &amp; b &lt;are&gt; gone", html, StringComparison.Ordinal);
        Assert.Contains("a metric", html, StringComparison.Ordinal);
        Assert.Contains("never", html, StringComparison.Ordinal);
        Assert.All(["http://", "https://", "src=", "<script", "@import", "url("], outside => Assert.DoesNotContain(outside, html, StringComparison.Ordinal));
        // Two runs a drill, three pictures each.
        Assert.Equal(12, html.Split("<svg").Length - 1);
    }

    [Fact]
    public void The_text_shows_both_runs_the_table_and_what_proves_nothing()
    {
        var toothless = SomeReports.Drill("leak") with { Contrast = SomeReports.Run(protect: false) };
        var text = DrillText.Of(SomeReports.Report(SomeReports.Drill("hotspot"), toothless));

        Assert.Contains("hotspot  without    20 %", text, StringComparison.Ordinal);
        Assert.Contains("hotspot  protected  97.5 %", text, StringComparison.Ordinal);
        Assert.Contains("leak also passed without protection", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hotspot also", text, StringComparison.Ordinal);
        Assert.EndsWith("2 of 2 drills passed with protection; 1 of 1 rows of the table met; 1.0 minutes\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_has_runs_goals_and_the_table()
    {
        using var json = JsonDocument.Parse(DrillText.Json(SomeReports.Report(SomeReports.Drill("hotspot"))));

        Assert.Equal(0.975, json.RootElement.GetProperty("drills")[0].GetProperty("judged").GetProperty("goals")[0].GetProperty("value").GetDouble());
        Assert.Equal("cost", json.RootElement.GetProperty("evaluation")[0].GetProperty("aspect").GetString());
        Assert.Equal(0, json.RootElement.GetProperty("exitCode").GetInt32());
    }
}
