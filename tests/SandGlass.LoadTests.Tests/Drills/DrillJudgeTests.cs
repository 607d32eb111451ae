using SandGlass.LoadTests.Drills;

namespace SandGlass.LoadTests.Tests.Drills;

public sealed class DrillJudgeTests
{
    private static readonly Drill Drill = DrillFiles.Read(DrillFiles.Valid, out _)!;

    private static IReadOnlyList<GoalResult> Judge(Func<double, bool> bad, double ms = 20) => DrillJudge.Judge(
        Drill,
        [
            .. Enumerable.Range(0, 300).Select(i => (i + 0.5) / 100).Select(at => new Wished(Drill.Critical, at, TimeSpan.FromMilliseconds(ms), !bad(at))),
            .. Enumerable.Range(0, 300).Select(static i => new Wished(Drill.Hostile, i / 100.0, TimeSpan.Zero, false)),
        ],
        0.5, 2, 3);

    [Fact]
    public void All_is_met_where_nothing_is_lost_and_hostile_clients_count_for_nobody()
    {
        var goals = Judge(static _ => false);

        Assert.All(goals, static g => Assert.True(g.Met));
        Assert.Equal([1.0, 20.0, 0.0, 0.0], goals.Select(static g => g.Value!.Value));
        Assert.Equal(["goodput", "p99", "protect", "recover"], goals.Select(static g => g.Key));
    }

    [Fact]
    public void Goodput_is_that_of_the_judged_span_alone()
    {
        Assert.Equal(1, Judge(static at => at is < 0.5 or > 2)[0].Value);
        Assert.Equal(0.8, Judge(static at => at is > 0.5 and < 0.8)[0].Value!.Value, 3);
        Assert.False(Judge(static at => at is > 0.5 and < 0.8)[0].Met);
    }

    [Fact]
    public void Slowness_misses_the_p99_and_only_that() => Assert.Equal([true, false, true, true], Judge(static _ => false, ms: 900).Select(static g => g.Met));

    [Fact]
    public void What_never_held_is_no_number_and_missed()
    {
        var goals = Judge(static _ => true);

        Assert.Equal([false, false, false, false], goals.Select(static g => g.Met));
        Assert.Equal(0, goals[0].Value);
        Assert.All(goals.Skip(1), static g => Assert.Null(g.Value));
        Assert.Equal(["0 %", "none", "never", "never"], goals.Select(DrillText.Value));
    }

    [Fact]
    public void A_part_of_a_percent_is_never_rounded_up_to_a_goal()
    {
        var goal = Judge(static _ => false)[0] with { Value = 0.94999, Goal = 0.95 };
        Assert.Equal(("94.9 %", "95 %"), (DrillText.Value(goal), DrillText.Goal(goal)));
    }
}
