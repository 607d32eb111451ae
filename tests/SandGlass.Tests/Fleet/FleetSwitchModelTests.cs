using System.Text.Json;
using SandGlass.Algorithms.Sharing;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Fleet;

/// <summary>
/// Random nights of three gateways and a Redis that loses calls, answers and all it knows: throws, waiting, restarts, gateways that are cut off or stand still, and
/// somebody at the wall clocks of two of them, while they run and while they are down. In the end all must hold the greatest change that anybody was told had been
/// accepted, or its end, and no clock that is wrong may have ended it. Where at some moment nobody was left who knew how much of it had passed (not Redis, and no gateway
/// but such as were started again), all must agree, and have it off when the whole time that was asked for has passed. As in <see cref="Layers.Switch.SwitchModelTests"/>,
/// times asked for end in half seconds and time passes in whole ones.
/// </summary>
public sealed class FleetSwitchModelTests : IDisposable
{
    private const int Sequences = 10_000;
    private const int Steps = 12;
    private const int Gateways = 3;

    // The one whose wall clock is Redis'.
    private const int Right = 0;

    private static readonly string[] Ids = ["a", "b"];

    private readonly string _folder = TestFolder.InMemory("fleet-model-");

    [Fact]
    public void All_gateways_end_where_a_simple_model_ends_after_any_sequence()
    {
        var wrong = new List<string>();
        var (lost, ended, mended) = (0, 0, 0);
        for (var seed = 0; seed < Sequences && wrong.Count < 3; seed++)
        {
            var trail = new List<string>();
            using var night = new Night(_folder, new Random(seed));
            if (night.Play(trail) is { } told)
            {
                wrong.Add($"seed {seed}: {told} after {string.Join("; ", trail)}");
            }

            lost += night.IsLost ? 1 : 0;
            ended += night.EndedHere;
            mended += night.Mended;
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        // Nights that prove nothing are few, and what this is about does happen.
        Assert.True(lost < Sequences / 20 && ended > Sequences / 50 && mended > Sequences / 500, $"{lost} nights in which nobody knew, {ended} ends by one clock, {mended} of them mended");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Night : IDisposable
    {
        private readonly Random _dice;
        private readonly FakeRedis _redis;
        private readonly Node[] _nodes;
        private readonly List<Thrown> _thrown = [];
        private readonly HashSet<Stamp> _lost = [];
        private TimeSpan _elapsed;
        private ulong _lastNode = 100;

        public Night(string folder, Random dice)
        {
            _dice = dice;
            _redis = new(() => _elapsed);
            _nodes = [.. Enumerable.Range(0, Gateways).Select(i => new Node(Path.Combine(folder, $"{i}"), Next()))];
            Heal();
        }

        public string? Play(List<string> trail)
        {
            for (var step = 0; step < Steps; step++)
            {
                trail.Add(One());
            }

            Heal();
            foreach (var node in _nodes)
            {
                EndedHere += node.Audit().Count(static a => a.GetProperty("why").GetString()!.Contains("own clock", StringComparison.Ordinal));
                Mended += node.Audit().Count(static a => a.GetProperty("from").GetString() == "fleet" && a.GetProperty("what").GetString()!.EndsWith(" on", StringComparison.Ordinal));
            }

            return Ids.Select(Differs).FirstOrDefault(static d => d is not null) ?? _nodes.Select(Unaudited).FirstOrDefault(static d => d is not null);
        }

        /// <summary>Whether nobody knew, of a switch that was on.</summary>
        public bool IsLost => _lost.Count > 0;

        /// <summary>How often a gateway had a switch off by its own clock alone, and how often it has learnt better.</summary>
        public int EndedHere { get; private set; }

        public int Mended { get; private set; }

        public void Dispose()
        {
            foreach (var node in _nodes)
            {
                node.Dispose();
            }
        }

        private string One()
        {
            var i = _dice.Next(Gateways);
            var node = _nodes[i];
            switch (_dice.Next(10))
            {
                case 0 or 1 or 2:
                    return Throw(i);
                case 3 or 4:
                    var wait = TimeSpan.FromSeconds(_dice.Next(1, 30));
                    Pass(wait);
                    return $"wait {wait}";
                case 5:
                    node.IsCutOff = !node.IsCutOff;
                    return $"{i} is {(node.IsCutOff ? "cut off" : "back")}";
                case 6:
                    node.IsStill = !node.IsStill;
                    return $"{i} {(node.IsStill ? "stands still" : "goes on")}";
                case 7 when i == Right:
                    return $"{i} is right";
                case 7 when node.IsStill:
                    // It would not see that, and if it were killed then nobody had.
                    return $"{i} does not look at its clock";
                case 7:
                    var set = TimeSpan.FromSeconds(_dice.Next(2) == 0 ? 3600 : -3600);
                    node.Clock.StepWall(set);
                    node.Board.EndExpired();
                    return $"clock of {i} set by {set}";
                case 8:
                    _redis.Flush();
                    SeeWhoKnows();
                    return "Redis forgets";
                default:
                    return Restart(i);
            }
        }

        private string Throw(int i)
        {
            var (node, id) = (_nodes[i], Ids[_dice.Next(Ids.Length)]);
            if (node.IsStill)
            {
                return $"{i} does not listen";
            }

            var on = _dice.Next(3) > 0;
            TimeSpan? lasts = on && _dice.Next(3) > 0 ? TimeSpan.FromSeconds(_dice.Next(1, 60) + 0.5) : null;
            // What somebody has read on any of them, which may not have heard of the last change: it is taken where it is the same change, and nowhere else.
            var seen = _dice.Next(3) == 0 ? _nodes[_dice.Next(Gateways)].State.Switch(id).Register : null;
            var before = node.State.Switch(id).Register;
            var isSame = seen?.Order == before?.Order;
            if (node.Board.TryThrow(new(id, on, "ann", "127.0.0.1", $"{_thrown.Count}", lasts, seen is null ? null : [SwitchTag.Of(seen)]), out var now))
            {
                if (seen is not null && !isSame)
                {
                    throw new InvalidOperationException($"{seen} was taken for {before}");
                }

                _thrown.Add(new(i, id, node.State.Switch(id).Register!.Stamp, on, lasts is { } span ? _elapsed + span : null, now.Reason!));
            }
            else if (isSame)
            {
                throw new InvalidOperationException("the change that it has was not taken");
            }

            Turn();
            return $"throw {id} {on} for {lasts} on {i} at {seen?.Order}";
        }

        // A gateway that is down has but its disk; what the wall clock does meanwhile it learns from the fleet, if that is there.
        private string Restart(int i)
        {
            var node = _nodes[i];
            var set = i == Right || _dice.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(_dice.Next(2) == 0 ? 3600 : -3600);
            node.Kill();
            SeeWhoKnows();
            var down = TimeSpan.FromSeconds(_dice.Next(0, 20));
            Pass(down);
            node.Clock.StepWall(set);
            node.Start(Next());
            if (!node.IsCutOff)
            {
                _redis.Call(node.Share, node.Clock.GetTimestamp());
            }

            return $"{i} down for {down}, its clock set by {set}";
        }

        // After what takes knowledge away: whether anybody is left who knows how much of the last change has passed.
        private void SeeWhoKnows()
        {
            foreach (var id in Ids)
            {
                if (Last(id) is { On: true, Ends: not null } last
                    && !_nodes.Any(n => n.IsUp && n.Board.Tell().Any(e => e.Name == id && e.Moment is not null && n.State.Switch(id).Register!.Stamp == last.Stamp))
                    && !_nodes.Any(n => n.State.Switch(id).Register is { } register && (register.Stamp == last.End || (register.Stamp == last.Stamp && _redis.Knows($"switch:{id}", register.Order)))))
                {
                    _lost.Add(last.Stamp);
                }
            }
        }

        private Thrown? Last(string id) => _thrown.Where(t => t.Id == id).MaxBy(static t => t.Stamp);

        private void Pass(TimeSpan span)
        {
            for (var left = span; left > TimeSpan.Zero;)
            {
                var step = TimeSpan.FromSeconds(Math.Min(left.TotalSeconds, _dice.Next(1, 5)));
                left -= step;
                _elapsed += step;
                foreach (var node in _nodes)
                {
                    node.Clock.Advance(step);
                }

                Turn();
            }
        }

        // What gateways do in a moment, in any order; every fifth call is lost, on the way there or on the way back.
        private void Turn()
        {
            foreach (var node in _nodes.Where(static n => n is { IsStill: false, IsUp: true }).OrderBy(_ => _dice.Next()))
            {
                var endsFirst = _dice.Next(2) == 0;
                if (endsFirst)
                {
                    node.Board.EndExpired();
                }

                if (!node.IsCutOff && _dice.Next(10) > 0)
                {
                    _redis.Call(node.Share, node.Clock.GetTimestamp(), isAnswered: _dice.Next(10) > 0);
                }

                if (!endsFirst)
                {
                    node.Board.EndExpired();
                }
            }
        }

        private void Heal()
        {
            foreach (var node in _nodes)
            {
                (node.IsCutOff, node.IsStill) = (false, false);
                node.Share.Begin();
            }

            Talk(rounds: 7);
            if (IsLost)
            {
                // Longer than anybody has asked for, so that it is over whatever each has thought.
                for (var second = 0; second < 70; second++)
                {
                    Talk(rounds: 1, TimeSpan.FromSeconds(1));
                }
            }
        }

        private void Talk(int rounds, TimeSpan takes = default)
        {
            for (var round = 0; round < rounds; round++)
            {
                _elapsed += takes;
                foreach (var node in _nodes)
                {
                    node.Clock.Advance(takes);
                    node.Board.EndExpired();
                    _redis.Call(node.Share, node.Clock.GetTimestamp());
                }
            }
        }

        private string? Differs(string id)
        {
            var last = Last(id);
            var on = last is { On: true } && !(last.Ends < _elapsed);
            foreach (var node in _nodes)
            {
                var now = node.State.Switch(id).Now;
                var register = node.State.Switch(id).Register;
                // Of all that was thrown, or the end of it.
                var stamp = last is null ? null : last.On && !on ? last.End : (Stamp?)last.Stamp;
                if (now.On != on || register?.Stamp != stamp || register?.Order != _nodes[0].State.Switch(id).Register?.Order)
                {
                    return $"{id} is {now} of {register?.Order}, should be on: {on} of {stamp}";
                }

                var left = now.Until - node.Clock.GetUtcNow();
                if (on && (left - (last!.Ends - _elapsed))?.Duration() > TimeSpan.FromSeconds(0.01))
                {
                    return $"{id} has {left} left, should have {last.Ends - _elapsed}";
                }

                var standing = node.Share.Standing("switch", id, register?.Order);
                if (register is not null && standing is not { InForce: Gateways, Of: Gateways })
                {
                    return $"{id} is said to be in force on {standing}";
                }
            }

            return null;
        }

        // What was accepted has one line where it was thrown.
        private string? Unaudited(Node node, int i)
        {
            var lines = node.Audit().Where(static a => a.GetProperty("from").GetString() == "127.0.0.1").Select(static a => a.GetProperty("why").GetString()!);
            var thrown = _thrown.Where(t => t.On is var _ && t.Gateway == i).Select(static t => t.Reason);
            return lines.SequenceEqual(thrown) ? null : $"{i} has accepted {string.Join(',', thrown)}, and has in its audit {string.Join(',', lines)}";
        }

        private ulong Next() => _lastNode += 2;
    }

    private sealed record Thrown(int Gateway, string Id, Stamp Stamp, bool On, TimeSpan? Ends, string Reason)
    {
        public Stamp End => Stamp with { Node = Stamp.Node | 1 };
    }

    private sealed class Node : IDisposable
    {
        private static readonly ListLog Log = new(Microsoft.Extensions.Logging.LogLevel.Critical);

        private readonly string _folder;

        public Node(string folder, ulong node)
        {
            _folder = folder;
            Directory.CreateDirectory(folder);
            File.Delete(Path.Combine(folder, "switches.json"));
            File.Delete(Path.Combine(folder, "audit.jsonl"));
            Start(node);
        }

        public TestClock Clock { get; } = new();

        public GatewayState State { get; private set; } = null!;

        public SwitchBoard Board { get; private set; } = null!;

        public SandGlass.Fleet.FleetShare Share => State.Fleet.Share;

        public bool IsUp { get; private set; }

        public bool IsCutOff { get; set; }

        public bool IsStill { get; set; }

        public void Kill()
        {
            IsUp = false;
            State.Dispose();
        }

        public void Start(ulong node)
        {
            (IsUp, IsStill) = (true, false);
            State = new(Clock, new Defects(Log), node);
            Share.Name = Path.GetFileName(_folder);
            Share.Expect(Clock.GetTimestamp(), Clock.TimestampFrequency);
            var folder = new StateFolder(_folder, Log);
            Board = new(State, folder, new(folder, Clock, Log), Clock);
        }

        public IEnumerable<JsonElement> Audit() => File.Exists(Path.Combine(_folder, "audit.jsonl"))
            ? File.ReadAllLines(Path.Combine(_folder, "audit.jsonl")).Select(static l => JsonDocument.Parse(l).RootElement) : [];

        public void Dispose() => State.Dispose();
    }
}
