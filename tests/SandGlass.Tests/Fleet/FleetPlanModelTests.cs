using SandGlass.Alarms;
using SandGlass.Plans;
using SandGlass.Testing;
using SandGlass.Tests.Alarms;
using Xunit;

namespace SandGlass.Tests.Fleet;

/// <summary>
/// Random nights of a plan on three gateways and a Redis that loses calls, answers and all it knows: starts, take-backs, ends, restarts, gateways that are cut off or
/// stand still, and somebody at the wall clocks of two of them. The model knows which change of the plan was the greatest that anybody made, and when each start was.
/// In the end all must hold that one: a plan that was taken back or is over has nothing on anywhere, and one that runs has on what is due, no sooner and no later. Where
/// at some moment nobody was left who knew when it was started, it may be late. Steps and ends are due at half seconds, and time passes in whole ones.
/// </summary>
public sealed class FleetPlanModelTests : IAsyncDisposable
{
    private const int Sequences = 2_000;
    private const int Steps = 14;
    private const int Gateways = 3;

    // The one whose wall clock is Redis'.
    private const int Right = 0;

    // Nights beyond those that have found something.
    private static readonly int[] Found = [4370, 4654, 5392];

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Due = TimeSpan.FromSeconds(20.5);
    private static readonly TimeSpan Ends = TimeSpan.FromSeconds(60.5);

    // So long it may take until somebody conducts a plan whose conductor is gone.
    private static readonly TimeSpan Handover = TimeSpan.FromSeconds(6);

    // And until somebody turns off what a plan that is over has left on.
    private static readonly TimeSpan LeftOver = TimeSpan.FromSeconds(8);

    private static readonly string Policy = Policies.With(sections: """
        "switches": { "a": { "routes": [ "r" ], "do": { "refuse": {} } }, "b": { "routes": [ "r" ], "do": { "admit": 0 } } },
        "plans": { "p": { "steps": [ { "switch": "a" }, { "switch": "b", "after": "20500ms" } ], "for": "60500ms" } }
        """);

    private readonly string _folder = TestFolder.InMemory("fleet-plans-");

    private readonly Glass _glass = new(Policy);
    private readonly IdleAlarms _alarms;

    public FleetPlanModelTests() => _alarms = new(_glass, _folder);

    [Fact]
    public void All_gateways_end_where_a_simple_model_ends_after_any_sequence()
    {
        var wrong = new List<string>();
        var (lost, running) = (0, 0);
        foreach (var seed in Enumerable.Range(0, Sequences).Concat(Found).TakeWhile(_ => wrong.Count < 3))
        {
            using var night = new Night(Path.Combine(_folder, "night"), _alarms.Board, new Random(seed));
            if (night.Play() is { } told)
            {
                wrong.Add($"seed {seed}: {told} after {string.Join("; ", night.Trail)}");
            }

            lost += night.IsLost ? 1 : 0;
            running += night.EndsRunning ? 1 : 0;
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        // Nights that prove little are few.
        Assert.True(lost < Sequences / 10 && running > Sequences / 5, $"{lost} nights in which nobody knew, {running} that end with the plan running");
    }

    public async ValueTask DisposeAsync()
    {
        await _alarms.DisposeAsync();
        _glass.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Night : IDisposable
    {
        private readonly string _folder;
        private readonly AlarmBoard _alarms;
        private readonly Random _dice;
        private readonly FakeRedis _redis;
        private readonly FleetNode[] _nodes = new FleetNode[Gateways];
        private readonly TimeSpan[] _walls = new TimeSpan[Gateways];
        private readonly Dictionary<string, TimeSpan> _starts = new(StringComparer.Ordinal);
        private readonly HashSet<string> _lost = new(StringComparer.Ordinal);
        private (string Stamp, string? Start) _greatest = (string.Empty, null);
        private TimeSpan _changedAt;
        private TimeSpan _elapsed;
        private ulong _lastNode = 100;

        public Night(string folder, AlarmBoard alarms, Random dice)
        {
            (_folder, _alarms, _dice) = (folder, alarms, dice);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            _redis = new(() => _elapsed);
            for (var i = 0; i < Gateways; i++)
            {
                Start(i);
            }

            Talk(seconds: 2);
        }

        public List<string> Trail { get; } = [];

        /// <summary>Whether nobody knew when a plan that ran was started.</summary>
        public bool IsLost => _lost.Count > 0;

        public bool EndsRunning => _greatest.Start is not null;

        public string? Play()
        {
            for (var step = 0; step < Steps; step++)
            {
                Trail.Add(One());
                Watch();
            }

            foreach (var node in _nodes)
            {
                (node.IsCutOff, node.IsStill) = (false, false);
                node.State.Fleet.Share.Begin();
            }

            Talk(seconds: 12);
            while (_elapsed - _changedAt < LeftOver || IsBetween(Due) || IsBetween(Ends))
            {
                Talk(seconds: 1);
            }

            if (Differs() is { } how)
            {
                return how;
            }

            // Whatever each has thought: a run is over when its time has passed twice.
            if (IsLost && EndsRunning)
            {
                Talk(seconds: 2 * (int)Ends.TotalSeconds);
                return _greatest.Start is null ? Differs() : "it never ends";
            }

            return null;
        }

        public void Dispose()
        {
            foreach (var node in _nodes.Where(static n => !n.IsDown))
            {
                node.Dispose();
            }
        }

        private string One()
        {
            var i = _dice.Next(Gateways);
            var node = _nodes[i];
            switch (_dice.Next(11))
            {
                case 0 or 1 when !node.IsStill:
                    var reason = $"{_starts.Count}";
                    if (node.Plans.Start("p", "ann", "127.0.0.1", reason) is { } why)
                    {
                        return $"{i} says: {why}";
                    }

                    _starts.Add(reason, _elapsed);
                    return $"start {reason} on {i}";
                case 2 when !node.IsStill:
                    return $"take back on {i}: {node.Plans.TakeBack("p", "aborted", "bob", "127.0.0.1", "it hurts") ?? "done"}";
                case 3 or 4 or 5:
                    var wait = TimeSpan.FromSeconds(_dice.Next(1, 25));
                    Pass(wait);
                    return $"wait {wait}";
                case 6:
                    node.IsCutOff = !node.IsCutOff;
                    return $"{i} is {(node.IsCutOff ? "cut off" : "back")}";
                case 7:
                    node.IsStill = !node.IsStill;
                    return $"{i} {(node.IsStill ? "stands still" : "goes on")}";
                case 8 when i != Right && !node.IsStill:
                    var set = Set();
                    node.Clock.StepWall(set);
                    _walls[i] += set;
                    node.Beat();
                    return $"clock of {i} set by {set}";
                case 9:
                    _redis.Flush();
                    SeeWhoKnows();
                    return "Redis forgets";
                case 10:
                    return Restart(i);
                default:
                    return $"{i} does nothing";
            }
        }

        private string Restart(int i)
        {
            var set = i == Right || _dice.Next(2) == 0 ? TimeSpan.Zero : Set();
            var isCutOff = _nodes[i].IsCutOff;
            _nodes[i].IsDown = true;
            _nodes[i].Dispose();
            SeeWhoKnows();
            var down = TimeSpan.FromSeconds(_dice.Next(0, 15));
            Pass(down);
            _walls[i] += set;
            Start(i);
            _nodes[i].IsCutOff = isCutOff;
            return $"{i} down for {down}, its clock set by {set}";
        }

        private void Start(int i) => _nodes[i] = new(Path.Combine(_folder, $"{i}"), Policy, _lastNode += 2, _elapsed, _walls[i], _alarms);

        private TimeSpan Set() => TimeSpan.FromSeconds(_dice.Next(2) == 0 ? 3600 : -3600);

        private void Pass(TimeSpan span)
        {
            for (var passed = TimeSpan.Zero; passed < span; passed += Second)
            {
                Tick();
                foreach (var node in _nodes.Where(static n => n is { IsDown: false, IsStill: false }).OrderBy(_ => _dice.Next()))
                {
                    node.Beat();
                    Watch();
                    // Every tenth call is lost on the way there, every tenth on the way back.
                    if (!node.IsCutOff && _dice.Next(10) > 0)
                    {
                        _redis.Call(node.State.Fleet.Share, node.Clock.GetTimestamp(), isAnswered: _dice.Next(10) > 0);
                    }

                    Watch();
                }
            }
        }

        // A second in which all goes well.
        private void Talk(int seconds)
        {
            for (var second = 0; second < seconds; second++)
            {
                Tick();
                foreach (var node in _nodes)
                {
                    node.Beat();
                    Watch();
                }

                for (var turn = 0; turn < 3; turn++)
                {
                    foreach (var node in _nodes)
                    {
                        _redis.Call(node.State.Fleet.Share, node.Clock.GetTimestamp());
                        Watch();
                    }
                }
            }
        }

        private void Tick()
        {
            _elapsed += Second;
            foreach (var node in _nodes.Where(static n => !n.IsDown))
            {
                node.Clock.Advance(Second);
            }
        }

        // Of all that any gateway has made of the plan, the greatest: that is what all shall hold.
        private void Watch()
        {
            foreach (var node in _nodes.Where(static n => !n.IsDown))
            {
                if (Stamp(node) is { } stamp && string.CompareOrdinal(stamp, _greatest.Stamp) > 0)
                {
                    (_greatest, _changedAt) = ((stamp, node.Plans.Run("p")?.Reason), _elapsed);
                }
            }
        }

        private void SeeWhoKnows()
        {
            if (_greatest.Start is { } start
                && !_nodes.Any(n => !n.IsDown && n.Plans.Run("p")?.Reason == start && n.Plans.Tell().Any(static e => e.Moment is not null))
                && !_nodes.Any(n => n.Plans.Run("p")?.Reason == start && _redis.Knows("plan:p", n.Plans.Order("p")!)))
            {
                _lost.Add(start);
            }
        }

        private bool IsBetween(TimeSpan due) =>
            _greatest.Start is { } start && !_lost.Contains(start) && _elapsed - _starts[start] is var passed && passed > due && passed < due + Handover;

        private string? Differs()
        {
            foreach (var (node, i) in _nodes.Select(static (n, i) => (n, i)))
            {
                var run = node.Plans.Run("p");
                if (Stamp(node) is var stamp && stamp != (_greatest.Stamp.Length == 0 ? null : _greatest.Stamp))
                {
                    return $"{i} holds {run?.Reason} of {stamp}, should hold {_greatest}";
                }

                var passed = _greatest.Start is { } start ? _elapsed - _starts[start] : TimeSpan.Zero;
                var on = _greatest.Start is null ? "" : _lost.Contains(_greatest.Start) ? string.Join(' ', run!.Steps.Where(static s => s.Is != PlanStepIs.ToCome).Select(static s => s.Switch))
                    : passed > Ends ? "nothing, and no run" : passed > Due ? "a b" : "a";
                if (run?.Reason != _greatest.Start || node.On != on)
                {
                    return $"on {i} {run?.Reason} runs with {node.On} on, should be {_greatest.Start} with {on}, {passed} after its start";
                }
            }

            return null;
        }

        private static string? Stamp(FleetNode node) => node.Plans.Order("p") is { } order ? order[..order.IndexOf('/', StringComparison.Ordinal)] : null;
    }
}
