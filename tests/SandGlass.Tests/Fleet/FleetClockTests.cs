using SandGlass.Plans;
using Xunit;

namespace SandGlass.Tests.Fleet;

/// <summary>What a gateway makes of switches and plans that was started again with a wrong wall clock, and could not ask anybody.</summary>
public sealed class FleetClockTests : FleetOfThree
{
    private const string Steps = "\"steps\": [ { \"switch\": \"a\" }, { \"switch\": \"b\", \"after\": \"1m\" } ], \"for\": \"10m\"";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(0.5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_clock_that_runs_ahead_ends_a_switch_here_and_not_for_the_fleet(bool redisForgets)
    {
        Start(Steps);
        Nodes[1].Switches.Throw("a", true, "ann", "127.0.0.1", "slow", TimeSpan.FromMinutes(2) + Half);
        Pass(10);
        Kill(0);
        Pass(5);
        StartAgain(0, Hour, isCutOff: true);
        Pass(10);
        Assert.Equal(["", "a", "a"], Nodes.Select(static n => n.On));
        Assert.Equal("sandglass", Nodes[0].State.Switch("a").Now.By);

        if (redisForgets)
        {
            Redis.Flush();
        }

        Heal();
        Pass(2);
        Assert.Equal(["a", "a", "a"], Nodes.Select(static n => n.On));
        Assert.Equal("ann", Nodes[0].State.Switch("a").Now.By);
        Assert.Contains(("switch a on", "fleet"), Nodes[0].Audit);

        // And ends where it does for everybody.
        Cut(0, 1, 2);
        Pass(93);
        Assert.Equal(["a", "a", "a"], Nodes.Select(static n => n.On));
        Pass(1);
        Assert.Equal(["", "", ""], Nodes.Select(static n => n.On));
        Assert.Single(Nodes.Select(static n => n.State.Switch("a").Register!.Order).Distinct());
    }

    [Fact]
    public void A_clock_that_is_right_is_believed_when_nobody_knows_better_and_Redis_agrees_with_it()
    {
        Start(Steps);
        Nodes[1].Switches.Throw("a", true, "ann", "127.0.0.1", "slow", TimeSpan.FromMinutes(2) + Half);
        Nodes[1].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(10);
        for (var i = 0; i < 3; i++)
        {
            Kill(i);
        }

        Redis.Flush();
        Pass(20);
        StartAgain(0, Hour);
        StartAgain(1, -Hour);
        StartAgain(2);
        Pass(12);
        Assert.Equal(["a", "a", "a"], Nodes.Select(static n => n.On));
        Pass(78);
        Assert.Equal(["a b", "a b", "a b"], Nodes.Select(static n => n.On));
        Pass(1);
        Assert.Equal(["b", "b", "b"], Nodes.Select(static n => n.On));
        Pass(478);
        Assert.Equal(["b", "b", "b"], Nodes.Select(static n => n.On));
        Pass(2);
        Assert.Equal(["", "", ""], Nodes.Select(static n => n.On));
        Assert.All(Nodes, static n => Assert.Null(n.Plans.Run("p")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_wrong_clock_neither_hurries_a_plan_of_the_fleet_nor_gives_it_its_time_again(int hours)
    {
        Start(Steps);
        Nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(20);
        Kill(0);
        Pass(10);
        StartAgain(0, hours * Hour, isCutOff: true);
        // It conducts for itself what it knows of, and is late there.
        Pass(20);
        Assert.All(Nodes, static n => Assert.Equal(("a", PlanPosition.Running), (n.On, n.Plans.Run("p")!.Position)));
        Heal();
        Pass(9);
        Assert.Equal(["a", "a", "a"], Nodes.Select(static n => n.On));
        Pass(2);
        Assert.Equal(["a b", "a b", "a b"], Nodes.Select(static n => n.On));
        Cut(0, 1, 2);
        Pass(538);
        Assert.Equal(["a b", "a b", "a b"], Nodes.Select(static n => n.On));
        Pass(6);
        Assert.Equal(["", "", ""], Nodes.Select(static n => n.On));
    }

    [Fact]
    public void A_plan_of_one_that_was_started_again_and_hears_nobody_goes_on_by_the_time_it_has_seen()
    {
        Start(Steps);
        Nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(200);
        Kill(0);
        Pass(100);
        StartAgain(0, Hour, isCutOff: true);
        // Noted once a minute: it knows of 180 s at least, and ends 420 s later at the latest.
        Pass(360);
        Assert.Equal("a b", Nodes[0].On);
        Pass(61);
        Assert.Equal("", Nodes[0].On);
        Heal();
        Pass(3);
        Assert.All(Nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
    }
}
