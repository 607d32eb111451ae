using System.Text.Json;
using SandGlass.Alarms;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Plans;
using SandGlass.Policy;
using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Plans;

public sealed class PlanBoardTests : IDisposable
{
    private const string Switches = """
        "switches": {
          "a": { "routes": [ "r" ], "do": { "refuse": {} } },
          "b": { "routes": [ "r" ], "do": { "admit": 0 } },
          "c": { "routes": [ "r" ], "do": { "timeout": "1s" } }
        }
        """;

    private const string Abc = "\"steps\": [ { \"switch\": \"a\" }, { \"switch\": \"c\", \"after\": \"1m\" }, { \"switch\": \"b\" } ], \"for\": \"10m\"";

    private readonly string _folder = TestFolder.New("plans-");
    private readonly Glass _glass = new(Policies.With(sections: $"{Switches}, {Plan(Abc)}"));
    private readonly List<IDisposable> _worlds = [];
    private GatewayState _state;
    private SwitchBoard _switches = null!;
    private AlarmBoard _alarms = null!;
    private PlanBoard _plans = null!;
    private PolicyStore _store;

    public PlanBoardTests()
    {
        (_state, _store) = (_glass.State, _glass.Store);
        Start();
    }

    [Fact]
    public void Throws_its_steps_when_their_time_comes_and_takes_them_back_in_reverse_order()
    {
        Assert.Null(_plans.Start("p", "ann", "127.0.0.1", "zero hour"));
        Assert.Equal(("a b", PlanPosition.Running, 2), (On(), _plans.Run("p")!.Position, _plans.Run("p")!.Done));

        Pass(59);
        Assert.Equal("a b", On());
        Pass(1);
        Assert.Equal(("a b c", PlanPosition.On), (On(), _plans.Run("p")!.Position));

        Pass(539);
        Assert.Equal("a b c", On());
        Pass(1);
        Assert.Equal(("", null, "ended"), (On(), _plans.Run("p"), _plans.Memory("p").Last!.How));
        Assert.Equal(
            ["plan p start", "switch a on", "switch b on", "switch c on", "switch c off", "switch b off", "switch a off", "plan p ended"], Audit("what"));
        Assert.Equal(["ann", "ann, plan p", "ann, plan p", "ann, plan p", "sandglass"], Audit("by").Take(5));
    }

    [Fact]
    public void Leaves_alone_what_was_on_before_and_what_somebody_has_changed_since()
    {
        _switches.Throw("a", true, "bob", "127.0.0.1", "mine", null);
        _plans.Start("p", "ann", "127.0.0.1", "zero hour");
        _switches.Throw("b", true, "bob", "127.0.0.1", "mine from here on", null);

        Assert.Null(_plans.TakeBack("p", "reverted", "ann", "127.0.0.1", "over"));

        Assert.Equal("a b", On());
        Assert.Equal(["b"], _plans.Memory("p").Last!.Kept);
        Assert.Equal("it does not run", _plans.TakeBack("p", "reverted", "ann", "127.0.0.1", "again"));
    }

    [Fact]
    public void Stops_at_a_step_that_fails_and_says_so()
    {
        _plans.Start("p", "ann", "127.0.0.1", "zero hour");
        _glass.Apply(Policies.With(sections: $"{Switches.Replace("\"c\"", "\"d\"", StringComparison.Ordinal)}, {Plan("\"steps\": [ { \"switch\": \"a\" } ]")}"));

        Pass(60);
        Assert.Equal(("a b", PlanPosition.Failed, "c: the policy has no such switch any more"), (On(), _plans.Run("p")!.Position, _plans.Run("p")!.Trouble));
        Assert.Contains("plan p stopped", Audit("what"));
        Pass(60);
        Assert.Single(Audit("what"), "plan p stopped");

        Assert.Null(_plans.TakeBack("p", "aborted", "ann", "127.0.0.1", "no use"));
        Assert.Equal(("", "aborted"), (On(), _plans.Memory("p").Last!.How));
    }

    [Theory]
    [InlineData(30, "a b")]
    [InlineData(90, "a b c")]
    [InlineData(600, "")]
    public void Goes_on_after_a_restart_with_what_came_due_meanwhile(int down, string on)
    {
        _plans.Start("p", "ann", "127.0.0.1", "zero hour");
        _glass.Clock.Advance(TimeSpan.FromSeconds(down));

        Restart();
        Pass(0);

        Assert.Equal(on, On());
        Pass(600);
        Assert.Equal(("", null), (On(), _plans.Run("p")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Is_neither_late_nor_early_when_somebody_sets_the_clock(int hours)
    {
        _plans.Start("p", "ann", "127.0.0.1", "zero hour");
        _glass.Clock.StepWall(TimeSpan.FromHours(hours));
        Pass(59);
        Assert.Equal("a b", On());

        // And a restart after it, which knows the wall clock only.
        Restart();
        Pass(0);
        Assert.Equal("a b", On());
        Pass(1);
        Assert.Equal("a b c", On());
    }

    [Fact]
    public void Knows_its_own_switch_again_when_it_was_killed_before_it_could_note_it()
    {
        _plans.Start("p", "ann", "127.0.0.1", "zero hour");
        var file = Path.Combine(_folder, "plans.json");
        var noted = File.ReadAllText(file);
        Pass(60);
        // Thrown, but not noted.
        File.WriteAllText(file, noted);

        Restart();
        Pass(0);
        _plans.TakeBack("p", "reverted", "ann", "127.0.0.1", "over");

        Assert.Equal("", On());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"runs\": { \"p\": ")]
    [InlineData("[]")]
    [InlineData("{ \"runs\": { \"p\": 7 } }")]
    public void Sets_a_torn_file_aside(string torn)
    {
        File.WriteAllText(Path.Combine(_folder, "plans.json"), torn);
        Restart();

        Assert.Null(_plans.Run("p"));
        Assert.Null(_plans.Start("p", "ann", "127.0.0.1", "zero hour"));
        Assert.True(File.Exists(Path.Combine(_folder, "plans.json.unreadable")));
    }

    [Fact]
    public void Does_not_start_where_what_it_needs_is_not_so()
    {
        Reload("\"needs\": { \"quiet\": [ \"loud\", \"calm\" ], \"healthy\": [ \"marketing\" ] }, " + Abc);

        Assert.Equal("it must not start: it is not so that the alarm loud is quiet", _plans.Start("p", "ann", "127.0.0.1", "zero hour"));
        Assert.Equal(["the alarm loud is quiet"], _plans.Needs(_store.Current.Policy.Plans["p"]).Where(static n => !n.IsMet).Select(static n => n.What));
        Assert.Equal(("", null), (On(), _plans.Run("p")));
        Assert.False(File.Exists(Path.Combine(_folder, "audit.jsonl")));
    }

    [Fact]
    public void Is_proposed_while_its_phase_lasts_and_not_after_it_was_started_in_it()
    {
        // The test clock begins with the event.
        Reload("\"when\": { \"phase\": \"peak\" }, " + Abc);
        Assert.Null(_plans.Proposal("p"));
        Pass(3600);
        Assert.Equal("the phase peak has begun", _plans.Proposal("p")!.Why);
        Assert.Null(_plans.Run("p"));

        _plans.Start("p", "ann", "127.0.0.1", "zero hour");
        _plans.TakeBack("p", "reverted", "ann", "127.0.0.1", "too early");
        Restart();
        Assert.Null(_plans.Proposal("p"));
        Pass(3600);
        Assert.Null(_plans.Proposal("p"));
    }

    [Fact]
    public void Starts_by_itself_once_for_each_time_that_its_alarm_fires()
    {
        Reload("\"when\": { \"alarm\": \"loud\", \"for\": \"5s\" }, \"auto\": true, " + Abc);
        Pass(4);
        Assert.Null(_plans.Run("p"));
        Pass(2);
        Assert.Equal(("sandglass", "by itself: the alarm loud fires"), (_plans.Run("p")!.By, _plans.Run("p")!.Reason));

        _plans.TakeBack("p", "aborted", "ann", "127.0.0.1", "I know better");
        Pass(60);
        Assert.Equal(("", null), (On(), _plans.Run("p")));
    }

    [Fact]
    public async Task A_rehearsal_touches_nobody_and_tells_whom_it_would_have_touched()
    {
        Assert.Null(_plans.Start("p", "ann", "127.0.0.1", "try it", rehearses: true));
        Assert.NotNull(_plans.Start("p", "bob", "127.0.0.1", "now for real"));
        for (var second = 0; second < 7; second++)
        {
            using var request = await _glass.GetAsync();
            Assert.Equal(200, request.Status);
            Pass(1);
        }

        Assert.Equal(("", PlanPosition.Rehearsing), (On(), _plans.Run("p")!.Position));
        Pass(1);

        var memory = _plans.Memory("p");
        Assert.Null(_plans.Run("p"));
        Assert.Equal(("rehearsed", _glass.Clock.GetUtcNow()), (memory.Last!.How, memory.RehearsedAt));
        // One request a second, one step a second: the first sees seven, the last five.
        Assert.Equal([("a", 7L), ("b", 6L), ("c", 5L)], memory.Last.Would!.Select(static w => (w.Key, w.Value)));
        (await _glass.GetAsync()).Dispose();
        Assert.Equal(18, _glass.Shadowed(SandGlass.Request.Place.Switch));
    }

    public void Dispose()
    {
        foreach (var world in _worlds)
        {
            world.Dispose();
        }

        _glass.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Plan(string keys) => $"\"plans\": {{ \"p\": {{ {keys} }} }}";

    private void Reload(string plan)
    {
        _glass.Apply(Policies.With(sections: $$"""
            {{Switches}}, {{Plan(plan)}},
            "alarms": { "loud": { "metric": "queue", "below": 1, "for": "0s" }, "calm": { "metric": "queue", "above": 1, "for": "0s" } },
            "event": { "start": "2026-11-11T01:00:00Z", "phases": { "peak": "0s", "steady": "30m" } }
            """));
        _alarms.Beat(_store.Current);
    }

    private string On() => string.Join(' ', new[] { "a", "b", "c" }.Where(id => _state.Switch(id).IsOn));

    private string[] Audit(string what) =>
        [.. File.ReadAllLines(Path.Combine(_folder, "audit.jsonl")).Select(l => JsonDocument.Parse(l).RootElement.GetProperty(what).GetString()!)];

    private void Pass(int seconds)
    {
        _glass.Clock.Advance(TimeSpan.FromSeconds(seconds));
        _switches.EndExpired();
        _alarms.Beat(_store.Current);
        _plans.Beat();
    }

    // Another process with the same folder: what has happened is gone, what was kept is there.
    private void Restart()
    {
        var source = _store.Source;
        _state = new(_glass.Clock, new Defects(_glass.Log));
        _worlds.Add(_state);
        _store = new(new(_glass.Pipeline, _state), _state, _glass.Store.File, _glass.Log);
        Assert.True(_store.Apply(source).Accepted);
        Start();
    }

    private void Start()
    {
        var folder = new StateFolder(_folder, _glass.Log);
        var audit = new Audit(folder, _glass.Clock, _glass.Log);
        _switches = new(_state, folder, audit, _glass.Clock);
        var sampler = new Sampler(_state, _store, _switches, TimeProvider.System);
        _worlds.Add(new Ended(sampler));
        _alarms = new(new(_state, _store, sampler, _folder), _glass.Clock, _glass.Log);
        _alarms.Beat(_store.Current);
        _plans = new(_state, () => _store.Current, _switches, _alarms, folder, audit, _glass.Clock, _glass.Log);
    }

    private sealed class Ended(Sampler sampler) : IDisposable
    {
        public void Dispose() => sampler.DisposeAsync().AsTask().Wait();
    }
}
