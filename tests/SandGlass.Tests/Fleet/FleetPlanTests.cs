using SandGlass.Plans;
using Xunit;

namespace SandGlass.Tests.Fleet;

/// <summary>Plans of three gateways that share them, on clocks moved by hand: one conducts, and the others take its place.</summary>
public sealed class FleetPlanTests : FleetOfThree
{
    private const string Steps = "\"steps\": [ { \"switch\": \"a\" }, { \"switch\": \"b\", \"after\": \"1m\" } ], \"for\": \"10m\"";

    [Fact]
    public void Started_on_one_its_steps_come_to_all_each_says_so_and_any_takes_it_back()
    {
        Start(Steps);
        Assert.Null(Nodes[1].Plans.Start("p", "ann", "127.0.0.1", "zero hour"));
        Pass(2);
        Assert.All(Nodes, static n => Assert.Equal(("a", PlanPosition.Running, "1"), (n.On, n.Plans.Run("p")!.Position, n.Plans.Run("p")!.Gateway)));
        Assert.NotNull(Nodes[0].Plans.Start("p", "bob", "127.0.0.1", "me too"));
        Pass(60);
        Assert.All(Nodes, static n => Assert.Equal(("a b", PlanPosition.On), (n.On, n.Plans.Run("p")!.Position)));
        Assert.All(Nodes, static n => Assert.True(n.Standing("b") is { InForce: 3, Of: 3 }));

        Assert.Null(Nodes[2].Plans.TakeBack("p", "reverted", "cy", "127.0.0.1", "calm again"));
        Pass(2);
        Assert.All(Nodes, static n => Assert.Equal(("", null, "reverted"), (n.On, n.Plans.Run("p"), n.Plans.Memory("p").Last!.How)));
        // Each tells the whole of it: what was done there, and what came from where.
        Assert.All(Nodes, static n => Assert.Equal(
            ["plan p reverted", "plan p start", "switch a off", "switch a on", "switch b off", "switch b on"], n.Audit.Select(static a => a.What).Order(StringComparer.Ordinal)));
        Assert.Equal(["fleet, 1", "fleet, 2"], Nodes[0].Audit.Where(static a => a.What.StartsWith("plan", StringComparison.Ordinal)).Select(static a => a.From));
    }

    [Fact]
    public void Goes_on_and_ends_in_time_when_its_conductor_dies()
    {
        Start(Steps);
        Nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        Kill(0);
        Pass(60);
        Assert.All(Nodes.Skip(1), static n => Assert.Equal("a b", n.On));
        Assert.True(Nodes[1].Standing("b") is { InForce: 2, Of: 3, Missing: ["0 (not heard of)"] });

        // Started again it is one of the others, and knows.
        StartAgain(0);
        Pass(10);
        Assert.Equal(("a b", PlanPosition.On), (Nodes[0].On, Nodes[0].Plans.Run("p")!.Position));
        Pass(520);
        Assert.All(Nodes, static n => Assert.Equal("a b", n.On));
        Pass(10);
        Assert.All(Nodes, static n => Assert.Equal(("", null, "ended"), (n.On, n.Plans.Run("p"), n.Plans.Memory("p").Last!.How)));
    }

    [Fact]
    public void Goes_on_and_ends_in_time_on_each_gateway_that_is_cut_off_and_they_agree_again()
    {
        Start(Steps);
        Nodes[2].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        Cut(0, 1, 2);
        Pass(65);
        Assert.All(Nodes, static n => Assert.Equal(("a b", PlanPosition.On), (n.On, n.Plans.Run("p")!.Position)));

        Heal();
        Pass(5);
        Assert.Single(Nodes.Select(static n => n.Plans.Order("p")).Distinct());
        Assert.Single(Nodes.Select(static n => n.State.Switch("b").Register!.Order).Distinct());
        // Whoever threw it, it was the plan: nobody's change was lost.
        Assert.All(Nodes, static n => Assert.DoesNotContain(n.Audit, static a => a.What.EndsWith("conflict", StringComparison.Ordinal)));
        Cut(0, 1, 2);
        Pass(540);
        Assert.All(Nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
        Heal();
        Pass(5);
        Assert.All(Nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
    }

    [Fact]
    public void Taken_back_while_its_conductor_is_cut_off_it_stays_taken_back()
    {
        Start(Steps);
        Nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        Cut(0);
        Nodes[1].Plans.TakeBack("p", "reverted", "bob", "127.0.0.1", "it hurts");
        Pass(65);
        // It cannot know, and has thrown its second step.
        Assert.Equal("a b", Nodes[0].On);
        Assert.Equal("", Nodes[1].On);

        Heal();
        Pass(5);
        Assert.All(Nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
    }

    [Fact]
    public void Takes_back_what_is_its_own_and_not_what_has_the_same_version()
    {
        Start(Steps);
        Cut(0, 1);
        Nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(1);
        // Thrown later without having heard of it: the same version, and it wins.
        Nodes[1].Switches.Throw("a", true, "bob", "127.0.0.1", "mine", null);
        var versions = Nodes.Take(2).Select(static n => n.State.Switch("a").Now.Version).ToArray();
        Assert.Equal(versions[0], versions[1]);
        Heal();
        Pass(5);
        Assert.All(Nodes, static n => Assert.Equal("bob", n.State.Switch("a").Now.By));

        Assert.Null(Nodes[0].Plans.TakeBack("p", "reverted", "ann", "127.0.0.1", "over"));
        Pass(5);

        Assert.All(Nodes, static n => Assert.Equal("a", n.On));
        Assert.Equal(["a"], Nodes[0].Plans.Memory("p").Last!.Kept);
    }

    [Fact]
    public void An_aborted_plan_stays_aborted_on_a_gateway_that_was_killed_with_a_step_of_its_own_thrown()
    {
        Start(Steps);
        Nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        // Cut off, it throws the second step of a plan that has been aborted elsewhere, and then it is killed.
        Cut(0);
        Assert.Null(Nodes[1].Plans.TakeBack("p", "aborted", "bob", "127.0.0.1", "it hurts"));
        Pass(65);
        Assert.Equal(("a b", ""), (Nodes[0].On, Nodes[1].On));
        Kill(0);

        // Another process with the same disk: its step is still that plan's.
        StartAgain(0);
        Pass(5);

        Assert.All(Nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
    }

    [Fact]
    public void Starts_by_itself_once_in_the_fleet()
    {
        Start("\"when\": { \"phase\": \"peak\" }, \"auto\": true, " + Steps);
        Pass(3605);
        Assert.All(Nodes, static n => Assert.Equal("a", n.On));
        Assert.Single(Nodes.SelectMany(static n => n.Audit), static a => a is { What: "plan p start", From: "local" });
        Pass(60 * 15);
        Assert.All(Nodes, static n => Assert.Equal(("", null, null), (n.On, n.Plans.Run("p"), n.Plans.Proposal("p"))));
        Assert.Single(Nodes.SelectMany(static n => n.Audit), static a => a is { What: "plan p start", From: "local" });
    }

    [Fact]
    public void Starts_once_for_an_alarm_that_fires_on_each_at_a_time_of_its_own()
    {
        Start("\"when\": { \"alarm\": \"loud\", \"for\": \"5s\" }, \"auto\": true, " + Steps);
        Nodes[1].Clock.Advance(TimeSpan.FromSeconds(1));
        Pass(60 * 12);
        Assert.Single(Nodes.SelectMany(static n => n.Audit), static a => a is { What: "plan p start", From: "local" });
        Assert.All(Nodes, static n => Assert.Equal(("", null, "ended"), (n.On, n.Plans.Run("p"), n.Plans.Memory("p").Last!.How)));
    }

    [Fact]
    public void Shares_when_it_was_rehearsed_also_where_it_is_started_meanwhile()
    {
        Start(Steps);
        Nodes[0].Plans.Start("p", "ann", "127.0.0.1", "try it", rehearses: true);
        Pass(3);
        Assert.Null(Nodes[1].Plans.Run("p"));
        Cut(0);
        Pass(10);
        Nodes[1].Plans.Start("p", "bob", "127.0.0.1", "for real");
        Heal();
        Pass(5);
        Assert.All(Nodes, static n => Assert.Equal(("a", "bob"), (n.On, n.Plans.Run("p")!.By)));
        Assert.Single(Nodes.Select(static n => n.Plans.Memory("p").RehearsedAt).Distinct());
        Assert.NotNull(Nodes[2].Plans.Memory("p").RehearsedAt);
    }
}
