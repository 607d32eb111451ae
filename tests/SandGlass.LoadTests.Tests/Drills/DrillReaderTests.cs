using SandGlass.LoadTests.Drills;

namespace SandGlass.LoadTests.Tests.Drills;

public sealed class DrillReaderTests
{
    public static TheoryData<string> Shipped => [.. DrillFiles.Shelf.Names];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Every_drill_that_is_shipped_is_valid_and_has_goals_that_can_be_missed(string name)
    {
        using var error = new StringWriter();
        var drill = Assert.Single(DrillFiles.Shelf.Read([name], DrillFiles.Shoppers, error));

        Assert.Empty(error.ToString());
        Assert.InRange(drill.Goals.CriticalGoodput, 0.9, 1);
        Assert.InRange(drill.Goals.P99, 1, Drill.Patience.TotalMilliseconds / 2);
        Assert.InRange(drill.Goals.Protect, 0.1, 2);
        Assert.InRange(drill.Goals.Recover, 0.1, 5);
        Assert.Contains(drill.Timeline, e => e.At == drill.Fault.From);
        Assert.InRange(drill.Load.Count, 1, 20);
        Assert.All([drill.Title, drill.Source, drill.Story, drill.Lesson], static text => Assert.False(string.IsNullOrWhiteSpace(text)));
    }

    [Fact]
    public void The_nine_sources_of_failure_are_all_rehearsed()
    {
        string[] sources = [.. DrillFiles.Shelf.Read(DrillFiles.Shelf.Names, DrillFiles.Shoppers, TextWriter.Null).Select(static d => d.Source).Distinct().Order(StringComparer.Ordinal)];

        Assert.Equal(
            ["cache hotspot", "capacity limit", "database bottleneck", "memory leak", "middleware misuse", "misconfigured runtime", "no disaster recovery", "unreasonable API contracts", "unstable upstream"],
            sources);
    }

    [Fact]
    public void A_drill_says_who_comes_what_breaks_and_what_must_hold()
    {
        var drill = DrillFiles.Read(DrillFiles.Valid, out var wrong)!;

        Assert.Empty(wrong);
        Assert.Equal(new Goals(0.9, 800, 1.2, 1), drill.Goals);
        Assert.Equal((new Span(0.5, 2), new Span(0.5, 2)), (drill.Fault, drill.Judged));
        Assert.Equal(("b", """{"errorRatio":1}""", null), (drill.Timeline[0].Replica, drill.Timeline[0].Faults, drill.Timeline[0].Redis));
        Assert.Equal(TimeSpan.Zero, drill.Load[0].WarmUp);
        Assert.False(drill.Redis);
        Assert.True(DrillFiles.Read(DrillFiles.Valid.Replace("\"load\"", "\"sessions\": [ \"a\" ], \"load\"", StringComparison.Ordinal), out _)!.Redis);
        Assert.Equal(3, DrillFiles.Read(DrillFiles.Valid.Replace("\"load\"", "\"retries\": 3, \"load\"", StringComparison.Ordinal), out _)!.Load[0].Steps[0].Retries);
    }

    [Theory]
    [InlineData("\"lesson\": \"l\"", "\"leson\": \"l\"", "/leson: unknown key \"leson\"; did you mean \"lesson\"?")]
    [InlineData("\"lesson\": \"l\",", "", "/lesson: is missing; it is a sentence for the report")]
    [InlineData("\"workers\"", "\"wrokers\"", "/shop: unknown fault \"wrokers\"")]
    [InlineData("\"errorRatio\": 1", "\"errorRatio\": 2", "/timeline/0/faults: errorRatio must be a number from 0 to 1")]
    [InlineData("\"order\":", "\"oder\":", "/load/oder: no shopper is called \"oder\"; did you mean \"order\"?")]
    [InlineData("\"order\":", "\"refund\":", "nobody asks for the critical chain, transaction")]
    [InlineData("{ \"Inject\": [30, \"00:00:01\", \"00:00:03\"] }", "{ \"KeepConstant\": [3, \"00:00:03\"] }", "is of the closed model")]
    [InlineData("\"to\": 2 }", "\"to\": 9 }", "not after the load's end (3 s)")]
    [InlineData("\"fault\": { \"from\": 0.5, \"to\": 2 },", "", "/fault: is missing")]
    [InlineData("\"at\": 0.5", "\"at\": 2.5", "/timeline: is not in the order of time")]
    [InlineData("\"replica\": \"b\", \"faults\": {} }", "\"replica\": \"b\" }", "\"replica\" and \"faults\" go together")]
    [InlineData("\"replica\": \"b\", \"faults\": {} }", "\"replica\": \"c\", \"faults\": {} }", "\"c\" is not known")]
    [InlineData("\"p99\": 800,", "", "/goals/p99: is missing: milliseconds")]
    [InlineData("\"criticalGoodput\": 0.9", "\"criticalGoodput\": 95", "must be a number from 0 to 1")]
    public void Whatever_is_wrong_is_told_with_its_place(string right, string wrong, string message)
    {
        Assert.Contains(right, DrillFiles.Valid, StringComparison.Ordinal);
        Assert.Null(DrillFiles.Read(DrillFiles.Valid.Replace(right, wrong, StringComparison.Ordinal), out var findings));

        Assert.Contains(findings, f => f.Render("x.json").Contains(message, StringComparison.Ordinal));
        Assert.All(findings, static f => Assert.True(f.Place.Line > 0));
    }
}
