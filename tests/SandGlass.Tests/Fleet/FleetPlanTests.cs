using System.Text.Json;
using SandGlass.Alarms;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Plans;
using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Fleet;

/// <summary>Plans of three gateways that share them, on clocks moved by hand: one conducts, and the others take its place.</summary>
public sealed class FleetPlanTests : IDisposable
{
    private const string Steps = "\"steps\": [ { \"switch\": \"a\" }, { \"switch\": \"b\", \"after\": \"1m\" } ], \"for\": \"10m\"";

    private readonly string _folder = Directory.CreateTempSubdirectory("sandglass-fleet-plans-").FullName;
    private readonly FakeRedis _redis;
    private readonly List<Node> _nodes = [];
    private TimeSpan _elapsed;

    public FleetPlanTests() => _redis = new(() => _elapsed);

    [Fact]
    public void Started_on_one_its_steps_come_to_all_each_says_so_and_any_takes_it_back()
    {
        Start(Steps);
        Assert.Null(_nodes[1].Plans.Start("p", "ann", "127.0.0.1", "zero hour"));
        Pass(2);
        Assert.All(_nodes, static n => Assert.Equal(("a", PlanPosition.Running, "1"), (n.On, n.Plans.Run("p")!.Position, n.Plans.Run("p")!.Gateway)));
        Assert.NotNull(_nodes[0].Plans.Start("p", "bob", "127.0.0.1", "me too"));
        Pass(60);
        Assert.All(_nodes, static n => Assert.Equal(("a b", PlanPosition.On), (n.On, n.Plans.Run("p")!.Position)));
        Assert.All(_nodes, static n => Assert.True(n.Standing("b") is { InForce: 3, Of: 3 }));

        Assert.Null(_nodes[2].Plans.TakeBack("p", "reverted", "cy", "127.0.0.1", "calm again"));
        Pass(2);
        Assert.All(_nodes, static n => Assert.Equal(("", null, "reverted"), (n.On, n.Plans.Run("p"), n.Plans.Memory("p").Last!.How)));
        // Each tells the whole of it: what was done there, and what came from where.
        Assert.All(_nodes, static n => Assert.Equal(
            ["plan p reverted", "plan p start", "switch a off", "switch a on", "switch b off", "switch b on"], n.Audit.Select(static a => a.What).Order(StringComparer.Ordinal)));
        Assert.Equal(["fleet, 1", "fleet, 2"], _nodes[0].Audit.Where(static a => a.What.StartsWith("plan", StringComparison.Ordinal)).Select(static a => a.From));
    }

    [Fact]
    public void Goes_on_and_ends_in_time_when_its_conductor_dies()
    {
        Start(Steps);
        _nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        _nodes[0].IsDown = true;
        Pass(60);
        Assert.All(_nodes.Skip(1), static n => Assert.Equal("a b", n.On));
        Assert.True(_nodes[1].Standing("b") is { InForce: 2, Of: 3, Missing: ["0 (not heard of)"] });

        // Started again it is one of the others, and knows.
        _nodes[0].Dispose();
        _nodes[0] = new(Path.Combine(_folder, "0"), Policy(Steps), 900, _elapsed);
        Pass(10);
        Assert.Equal(("a b", PlanPosition.On), (_nodes[0].On, _nodes[0].Plans.Run("p")!.Position));
        Pass(520);
        Assert.All(_nodes, static n => Assert.Equal("a b", n.On));
        Pass(10);
        Assert.All(_nodes, static n => Assert.Equal(("", null, "ended"), (n.On, n.Plans.Run("p"), n.Plans.Memory("p").Last!.How)));
    }

    [Fact]
    public void Goes_on_and_ends_in_time_on_each_gateway_that_is_cut_off_and_they_agree_again()
    {
        Start(Steps);
        _nodes[2].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        Cut(0, 1, 2);
        Pass(65);
        Assert.All(_nodes, static n => Assert.Equal(("a b", PlanPosition.On), (n.On, n.Plans.Run("p")!.Position)));

        Heal();
        Pass(5);
        Assert.Single(_nodes.Select(static n => n.Plans.Order("p")).Distinct());
        Assert.Single(_nodes.Select(static n => n.State.Switch("b").Register!.Order).Distinct());
        // Whoever threw it, it was the plan: nobody's change was lost.
        Assert.All(_nodes, static n => Assert.DoesNotContain(n.Audit, static a => a.What.EndsWith("conflict", StringComparison.Ordinal)));
        Cut(0, 1, 2);
        Pass(540);
        Assert.All(_nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
        Heal();
        Pass(5);
        Assert.All(_nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
    }

    [Fact]
    public void Taken_back_while_its_conductor_is_cut_off_it_stays_taken_back()
    {
        Start(Steps);
        _nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        Cut(0);
        _nodes[1].Plans.TakeBack("p", "reverted", "bob", "127.0.0.1", "it hurts");
        Pass(65);
        // It cannot know, and has thrown its second step.
        Assert.Equal("a b", _nodes[0].On);
        Assert.Equal("", _nodes[1].On);

        Heal();
        Pass(5);
        Assert.All(_nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
    }

    [Fact]
    public void Takes_back_what_is_its_own_and_not_what_has_the_same_version()
    {
        Start(Steps);
        Cut(0, 1);
        _nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(1);
        // Thrown later without having heard of it: the same version, and it wins.
        _nodes[1].Switches.Throw("a", true, "bob", "127.0.0.1", "mine", null);
        var versions = _nodes.Take(2).Select(static n => n.State.Switch("a").Now.Version).ToArray();
        Assert.Equal(versions[0], versions[1]);
        Heal();
        Pass(5);
        Assert.All(_nodes, static n => Assert.Equal("bob", n.State.Switch("a").Now.By));

        Assert.Null(_nodes[0].Plans.TakeBack("p", "reverted", "ann", "127.0.0.1", "over"));
        Pass(5);

        Assert.All(_nodes, static n => Assert.Equal("a", n.On));
        Assert.Equal(["a"], _nodes[0].Plans.Memory("p").Last!.Kept);
    }

    [Fact]
    public void An_aborted_plan_stays_aborted_on_a_gateway_that_was_killed_with_a_step_of_its_own_thrown()
    {
        Start(Steps);
        _nodes[0].Plans.Start("p", "ann", "127.0.0.1", "zero hour");
        Pass(5);
        // Cut off, it throws the second step of a plan that has been aborted elsewhere, and then it is killed.
        Cut(0);
        Assert.Null(_nodes[1].Plans.TakeBack("p", "aborted", "bob", "127.0.0.1", "it hurts"));
        Pass(65);
        Assert.Equal(("a b", ""), (_nodes[0].On, _nodes[1].On));
        _nodes[0].IsDown = true;

        // Another process with the same disk: its step is still that plan's.
        _nodes[0].Dispose();
        _nodes[0] = new(Path.Combine(_folder, "0"), Policy(Steps), 900, _elapsed);
        Pass(5);

        Assert.All(_nodes, static n => Assert.Equal(("", null), (n.On, n.Plans.Run("p"))));
    }

    [Fact]
    public void Starts_by_itself_once_in_the_fleet()
    {
        Start("\"when\": { \"phase\": \"peak\" }, \"auto\": true, " + Steps);
        Pass(3605);
        Assert.All(_nodes, static n => Assert.Equal("a", n.On));
        Assert.Single(_nodes.SelectMany(static n => n.Audit), static a => a is { What: "plan p start", From: "local" });
        Pass(60 * 15);
        Assert.All(_nodes, static n => Assert.Equal(("", null, null), (n.On, n.Plans.Run("p"), n.Plans.Proposal("p"))));
        Assert.Single(_nodes.SelectMany(static n => n.Audit), static a => a is { What: "plan p start", From: "local" });
    }

    [Fact]
    public void Starts_once_for_an_alarm_that_fires_on_each_at_a_time_of_its_own()
    {
        Start("\"when\": { \"alarm\": \"loud\", \"for\": \"5s\" }, \"auto\": true, " + Steps);
        _nodes[1].Clock.Advance(TimeSpan.FromSeconds(1));
        Pass(60 * 12);
        Assert.Single(_nodes.SelectMany(static n => n.Audit), static a => a is { What: "plan p start", From: "local" });
        Assert.All(_nodes, static n => Assert.Equal(("", null, "ended"), (n.On, n.Plans.Run("p"), n.Plans.Memory("p").Last!.How)));
    }

    [Fact]
    public void Shares_when_it_was_rehearsed_also_where_it_is_started_meanwhile()
    {
        Start(Steps);
        _nodes[0].Plans.Start("p", "ann", "127.0.0.1", "try it", rehearses: true);
        Pass(3);
        Assert.Null(_nodes[1].Plans.Run("p"));
        Cut(0);
        Pass(10);
        _nodes[1].Plans.Start("p", "bob", "127.0.0.1", "for real");
        Heal();
        Pass(5);
        Assert.All(_nodes, static n => Assert.Equal(("a", "bob"), (n.On, n.Plans.Run("p")!.By)));
        Assert.Single(_nodes.Select(static n => n.Plans.Memory("p").RehearsedAt).Distinct());
        Assert.NotNull(_nodes[2].Plans.Memory("p").RehearsedAt);
    }

    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Policy(string plan) => Policies.With(sections: $$"""
        "switches": {
          "a": { "routes": [ "r" ], "do": { "refuse": {} } },
          "b": { "routes": [ "r" ], "do": { "admit": 0 } }
        },
        "plans": { "p": { {{plan}} } },
        "alarms": { "loud": { "metric": "queue", "below": 1, "for": "0s" } },
        "event": { "start": "2026-11-11T01:00:00Z", "phases": { "peak": "0s", "steady": "30m" } }
        """);

    private void Start(string plan)
    {
        _nodes.AddRange(Enumerable.Range(0, 3).Select(i => new Node(Path.Combine(_folder, $"{i}"), Policy(plan), (ulong)(100 + (2 * i)), TimeSpan.Zero)));
        Pass(3);
    }

    private void Cut(params int[] which)
    {
        foreach (var i in which)
        {
            _nodes[i].IsCutOff = true;
        }
    }

    private void Heal() => _nodes.ForEach(static n => n.IsCutOff = false);

    private void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _elapsed += TimeSpan.FromSeconds(1);
            foreach (var node in _nodes.Where(static n => !n.IsDown))
            {
                node.Clock.Advance(TimeSpan.FromSeconds(1));
                node.Beat();
            }

            // Some turns a second.
            for (var turn = 0; turn < 3; turn++)
            {
                foreach (var node in _nodes.Where(static n => n is { IsDown: false, IsCutOff: false }))
                {
                    _redis.Call(node.State.Fleet.Share, node.Clock.GetTimestamp());
                }
            }
        }
    }

    private sealed class Node : IDisposable
    {
        private readonly string _folder;
        private readonly Glass _glass;
        private readonly Sampler _sampler;
        private readonly AlarmBoard _alarms;

        public Node(string folder, string policy, ulong node, TimeSpan elapsed)
        {
            _folder = folder;
            _glass = new(policy, node: node);
            _glass.Clock.Advance(elapsed);
            var share = State.Fleet.Share;
            share.Name = Path.GetFileName(folder);
            share.Expect(Clock.GetTimestamp(), Clock.TimestampFrequency);
            var state = new StateFolder(folder, _glass.Log);
            var audit = new Audit(state, Clock, _glass.Log);
            Switches = new(State, state, audit, Clock);
            _sampler = new(State, _glass.Store, Switches, TimeProvider.System);
            _alarms = new(new(State, _glass.Store, _sampler, folder), Clock, _glass.Log);
            _alarms.Beat(_glass.Store.Current);
            Plans = new(State, () => _glass.Store.Current, Switches, _alarms, state, audit, Clock, _glass.Log);
        }

        public bool IsDown { get; set; }

        public bool IsCutOff { get; set; }

        public TestClock Clock => _glass.Clock;

        public SandGlass.Policy.GatewayState State => _glass.State;

        public PlanBoard Plans { get; }

        public SwitchBoard Switches { get; }

        public string On => string.Join(' ', new[] { "a", "b" }.Where(id => State.Switch(id).IsOn));

        public IReadOnlyList<(string What, string From)> Audit => [.. File.ReadAllLines(Path.Combine(_folder, "audit.jsonl"))
            .Select(static line => JsonDocument.Parse(line).RootElement).Select(static a => (a.GetProperty("what").GetString()!, a.GetProperty("from").GetString()!))];

        public SandGlass.Fleet.FleetStanding? Standing(string id) => State.Fleet.Share.Standing("switch", id, State.Switch(id).Register?.Order);

        public void Beat()
        {
            Switches.EndExpired();
            _alarms.Beat(_glass.Store.Current);
            Plans.Beat();
        }

        public void Dispose()
        {
            _sampler.DisposeAsync().AsTask().Wait();
            _glass.Dispose();
        }
    }
}
