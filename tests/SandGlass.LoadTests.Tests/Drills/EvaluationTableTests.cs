using SandGlass.LoadTests.Drills;

namespace SandGlass.LoadTests.Tests.Drills;

public sealed class EvaluationTableTests
{
    private static readonly EvaluationMeasures Own = new(
        TimeSpan.FromMilliseconds(0.4), TimeSpan.FromMilliseconds(2), TimeSpan.FromMicroseconds(120), [(1, 190), (2, 188), (10, 180)], TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(5),
        100 << 20, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.1), [], []);

    private static IReadOnlyList<EvaluationRow> Rows(EvaluationMeasures? own = null, params DrillResult[] drills) =>
        EvaluationTable.Of(drills.Length > 0 ? drills : [SomeReports.Drill("hotspot"), SomeReports.Drill("redis")], own ?? Own);

    private static EvaluationRow Row(IReadOnlyList<EvaluationRow> rows, string metric) => rows.Single(r => r.Metric.Contains(metric, StringComparison.Ordinal));

    [Fact]
    public void Has_the_missions_ten_aspects_each_with_a_metric_a_value_and_a_goal()
    {
        var rows = Rows();

        Assert.Equal(
            ["functionality", "performance", "resource use", "scalability", "availability", "stability", "fault tolerance", "maintainability", "cost", "infrastructure"],
            rows.Select(static r => r.Aspect).Distinct());
        Assert.All(rows, static r => Assert.True(r is { Value.Length: > 0, Goal.Length: > 0, Met: true }, r.ToString()));
    }

    [Fact]
    public void Values_are_those_that_were_measured()
    {
        var rows = Rows();

        Assert.Equal("0 of 2,000", Row(rows, "other than once").Value);
        Assert.Equal("94.7 %", Row(rows, "goodput kept").Value);
        Assert.Equal("70 %", Row(rows, "spared").Value);
        Assert.Equal("140 MB", Row(rows, "memory").Value);
        Assert.Equal("97.5 %", Row(rows, "mean of the drills").Value);
        Assert.Equal("2 ms", Row(rows, "adds to an order").Value);
    }

    [Fact]
    public void What_never_came_or_could_not_be_measured_is_no_number_and_missed()
    {
        var failed = SomeReports.Drill("hotspot", protect: null);
        var rows = Rows(Own with { Reload = null, CpuEach = null }, failed, SomeReports.Drill("redis"));

        Assert.Equal((null, false), (Row(rows, "slowest protection").Value, Row(rows, "slowest protection").Met));
        Assert.Equal((null, false), (Row(rows, "changed policy").Value, Row(rows, "changed policy").Met));
        Assert.Equal("50 %", Row(rows, "drills passed").Value);
        Assert.False(Row(rows, "drills passed").Met);
    }

    [Fact]
    public void What_the_generator_could_not_measure_is_neither_met_nor_missed()
    {
        static IEnumerable<string> Unknown(EvaluationMeasures own) => Rows(own).Where(static r => r.Met is null).Select(static r => string.Join(' ', r.Metric.Split(' ').Take(2)));

        // What spoils one part says nothing of the other.
        Assert.Equal(["p99 that", "CPU of"], Unknown(Own with { SteadyInvalid = ["the generator fell behind"] }));
        Assert.Equal(["goodput kept"], Unknown(Own with { LadderInvalid = ["the generator fell behind"] }));
        Assert.Equal(["the generator fell behind", "late"], (Own with { SteadyInvalid = ["the generator fell behind"], LadderInvalid = ["the generator fell behind", "late"] }).Invalid);
        Assert.Equal(4, (SomeReports.Report(SomeReports.Drill("hotspot")) with { Invalid = ["late"] }).ExitCode);
    }

    [Fact]
    public void A_drill_that_was_skipped_is_named_and_neither_met_nor_missed()
    {
        var skipped = SomeReports.Drill("redis") with { Judged = null, Contrast = null, Skipped = "redis-server is not installed" };
        var row = Row(Rows(null, SomeReports.Drill("hotspot"), skipped), "while Redis hangs");

        Assert.Equal((null, null, "redis-server is not installed"), (row.Value, row.Met, row.Note));
    }

    [Fact]
    public void Requests_that_were_not_counted_once_are_a_missed_goal()
    {
        var lost = SomeReports.Drill("hotspot", counted: 900);
        Assert.False(Row(Rows(null, lost, SomeReports.Drill("redis")), "other than once").Met);
    }
}
