using SandGlass.Alarms;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Plans;
using SandGlass.Policy;
using SandGlass.Testing;
using SandGlass.Tests.Alarms;
using SandGlass.Tests.Layers.Switch;
using Xunit;

namespace SandGlass.Tests.Plans;

/// <summary>
/// Random nights of a plan among people who throw its switches: starts, take-backs, throws with and without an end, waiting, restarts, and
/// somebody at the wall clock, against a model that knows only what is left of each. Times end in half seconds and time passes in whole
/// ones, so that no end falls onto a moment of looking. The switches alone are held against theirs in <c>SwitchModelTests</c>.
/// </summary>
public sealed class PlanModelTests : IAsyncDisposable
{
    private const int Sequences = 10_000;
    private const int Steps = 10;

    private static readonly string[] Ids = ["a", "b", "c"];

    private readonly string _folder = TestFolder.InMemory("plans-");

    private readonly Glass _glass = new(Policies.With(sections: """
        "switches": { "a": { "routes": [ "r" ], "do": { "refuse": {} } }, "b": { "routes": [ "r" ], "do": { "admit": 0 } }, "c": { "routes": [ "r" ], "do": { "timeout": "1s" } } },
        "plans": { "p": { "steps": [ { "switch": "a" }, { "switch": "c", "after": "59500ms" }, { "switch": "b" } ], "for": "149500ms" } }
        """));

    private readonly IdleAlarms _alarms;

    public PlanModelTests() => _alarms = new(_glass, _folder);

    [Fact]
    public void Ends_where_a_simple_model_ends_after_any_sequence()
    {
        for (var seed = 0; seed < Sequences; seed++)
        {
            var trail = new List<string>();
            var told = new Night(_glass, _alarms.Board, _folder).Play(new Random(seed), trail);
            Assert.True(told is null, $"seed {seed}: {told} after {string.Join("; ", trail)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _alarms.DisposeAsync();
        _glass.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Night
    {
        private readonly Glass _glass;
        private readonly AlarmBoard _alarms;
        private readonly string _path;
        private readonly Model _model = new();
        private SwitchBoard _switches = null!;
        private PlanBoard _plans = null!;

        public Night(Glass glass, AlarmBoard alarms, string path)
        {
            (_glass, _alarms, _path) = (glass, alarms, path);
            foreach (var file in (string[])["switches.json", "plans.json", "audit.jsonl"])
            {
                File.Delete(Path.Combine(path, file));
            }

            Start();
        }

        public string? Play(Random dice, List<string> trail)
        {
            for (var step = 0; step < Steps; step++)
            {
                trail.Add(One(dice));
                if (_model.Differs(id => _glass.State.Switch(id).Now, _plans.Run("p"), _glass.Clock.GetUtcNow()) is { } how)
                {
                    return how;
                }
            }

            return null;
        }

        private string One(Random dice)
        {
            switch (dice.Next(8))
            {
                case 0:
                    Assert.Equal(_model.Plan is null, _plans.Start("p", "ann", "127.0.0.1", "zero hour") is null);
                    _model.StartPlan();
                    return "start";
                case 1:
                    Assert.Equal(_model.Plan is not null, _plans.TakeBack("p", "reverted", "ann", "127.0.0.1", "over") is null);
                    _model.TakeBack();
                    return "take back";
                case 2 or 3:
                    var (id, on) = (Ids[dice.Next(Ids.Length)], dice.Next(3) > 0);
                    TimeSpan? lasts = dice.Next(2) > 0 ? TimeSpan.FromSeconds(dice.Next(1, 90) + 0.5) : null;
                    _switches.Throw(id, on, "bob", "127.0.0.1", "mine", lasts);
                    _model.Throw(id, on, lasts);
                    return $"throw {id} {on} for {lasts}";
                case 4 or 5:
                    var wait = TimeSpan.FromSeconds(dice.Next(1, 70));
                    _glass.Clock.Advance(wait);
                    Beat();
                    _model.Pass(wait);
                    _model.Beat();
                    return $"wait {wait}";
                case 6:
                    var set = Set(dice);
                    _glass.Clock.StepWall(set);
                    Beat();
                    return $"set the clock by {set}";
                default:
                    return Restart(dice);
            }
        }

        private string Restart(Random dice)
        {
            var (down, set) = (TimeSpan.FromSeconds(dice.Next(0, 40)), dice.Next(2) == 0 ? TimeSpan.Zero : Set(dice));
            _glass.Clock.Advance(down);
            _glass.Clock.StepWall(set);
            _model.Restart(down + set);
            Start();
            Beat();
            _model.Beat();
            return $"down for {down}, the clock set by {set}";
        }

        private void Beat()
        {
            _switches.EndExpired();
            _plans.Beat();
        }

        private static TimeSpan Set(Random dice) => TimeSpan.FromSeconds(dice.Next(2) == 0 ? 2 * dice.Next(-45, 45) : dice.Next(2) == 0 ? 3600 : -3600);

        // Another process with the same folder: what was in memory only is gone.
        private void Start()
        {
            foreach (var id in Ids)
            {
                _glass.State.Switch(id).Now = SwitchState.Position.Off;
            }

            var folder = new StateFolder(_path, _glass.Log);
            var audit = new Audit(folder, _glass.Clock, _glass.Log);
            _switches = new(_glass.State, folder, audit, _glass.Clock);
            _plans = new(_glass.State, () => _glass.Store.Current, _switches, _alarms, folder, audit, _glass.Clock, _glass.Log);
        }
    }

    private sealed class Model
    {
        private readonly Dictionary<string, SwitchModel> _switches = Ids.ToDictionary(static id => id, static _ => new SwitchModel());

        public Run? Plan { get; private set; }

        public void Throw(string id, bool on, TimeSpan? lasts) => _switches[id].Throw(on, lasts);

        public void StartPlan()
        {
            Plan ??= new();
            Due();
        }

        // In whatever order: each switch is its own. What somebody has changed since is theirs.
        public void TakeBack()
        {
            foreach (var step in Plan?.Steps ?? [])
            {
                if (step.Thrown && _switches[step.Switch].Version == step.Version)
                {
                    Throw(step.Switch, false, null);
                }
            }

            Plan = null;
        }

        public void Pass(TimeSpan span)
        {
            foreach (var one in _switches.Values)
            {
                one.Pass(span);
            }

            if (Plan is { } plan)
            {
                plan.Passed += span;
            }
        }

        // Over a restart there is the wall clock only; what was written down of the plan's time has passed in any case.
        public void Restart(TimeSpan span)
        {
            Pass(span);
            if (Plan is { } plan)
            {
                plan.Passed = plan.Passed > plan.Kept ? plan.Passed : plan.Kept;
                plan.Kept = plan.Passed;
            }
        }

        public void Beat()
        {
            if (Plan?.Passed >= TimeSpan.FromSeconds(149.5))
            {
                TakeBack();
            }

            Due();
            if (Plan is { } plan && plan.Passed - plan.Kept >= TimeSpan.FromMinutes(1))
            {
                plan.Kept = plan.Passed;
            }
        }

        public string? Differs(Func<string, SwitchState.Position> now, PlanRun? run, DateTimeOffset wall)
        {
            foreach (var (id, one) in _switches)
            {
                if (one.Differs(now(id), wall) is { } how)
                {
                    return $"{id} {how}";
                }
            }

            return (run is null) == (Plan is null) && (Plan is null || Plan.Steps.All(s => run!.Steps.Single(r => r.Switch == s.Switch).Is == (!s.Done ? PlanStepIs.ToCome : s.Thrown ? PlanStepIs.Thrown : PlanStepIs.WasOn)))
                ? null : $"the plan is {run}, should have passed {Plan?.Passed}";
        }

        private void Due()
        {
            foreach (var step in Plan?.Steps.Where(s => !s.Done && s.After <= Plan.Passed) ?? [])
            {
                step.Done = true;
                if (!_switches[step.Switch].On)
                {
                    Throw(step.Switch, true, null);
                    step.Thrown = true;
                }

                step.Version = _switches[step.Switch].Version;
                Plan!.Kept = Plan.Passed;
            }
        }
    }

    private sealed class Run
    {
        public TimeSpan Passed { get; set; }

        public TimeSpan Kept { get; set; }

        public Step[] Steps { get; } = [new("a", TimeSpan.Zero), new("b", TimeSpan.Zero), new("c", TimeSpan.FromSeconds(59.5))];
    }

    private sealed class Step(string id, TimeSpan after)
    {
        public string Switch => id;

        public TimeSpan After => after;

        public bool Done { get; set; }

        public bool Thrown { get; set; }

        public long Version { get; set; }
    }
}
