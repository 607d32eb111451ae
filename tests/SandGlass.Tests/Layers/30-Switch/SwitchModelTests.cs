using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Switch;

/// <summary>
/// Random nights: throws, waiting, restarts and somebody at the wall clock, against a model that knows only what is left of each switch.
/// Times asked for end in half seconds and time passes in whole ones, so that no end falls onto a moment of looking.
/// </summary>
public sealed class SwitchModelTests : IDisposable
{
    private const int Sequences = 10_000;
    private const int Steps = 8;

    private static readonly string[] Ids = ["a", "b", "c"];

    private readonly string _folder = TestFolder.InMemory("model-");

    [Fact]
    public void Ends_where_a_simple_model_ends_after_any_sequence()
    {
        for (var seed = 0; seed < Sequences; seed++)
        {
            var trail = new List<string>();
            using var night = new Night(_folder);
            var told = night.Play(new Random(seed), trail);
            Assert.True(told is null, $"seed {seed}: {told} after {string.Join("; ", trail)}");
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Night : IDisposable
    {
        private readonly string _folder;
        private readonly TestClock _clock = new();
        private readonly ListLog _log = new(Microsoft.Extensions.Logging.LogLevel.Critical);
        private readonly Dictionary<string, SwitchModel> _models = Ids.ToDictionary(static id => id, static _ => new SwitchModel());
        private GatewayState _state = null!;
        private SwitchBoard _board = null!;

        public Night(string folder)
        {
            _folder = folder;
            File.Delete(Path.Combine(folder, "switches.json"));
            File.Delete(Path.Combine(folder, "audit.jsonl"));
            Start();
        }

        public string? Play(Random dice, List<string> trail)
        {
            for (var step = 0; step < Steps; step++)
            {
                trail.Add(One(dice));
                foreach (var (id, model) in _models)
                {
                    if (model.Differs(_state.Switch(id).Now, _clock.GetUtcNow()) is { } how)
                    {
                        return $"{id} {how}";
                    }
                }
            }

            var lines = File.Exists(Path.Combine(_folder, "audit.jsonl")) ? File.ReadAllLines(Path.Combine(_folder, "audit.jsonl")).Length : 0;
            var changes = _models.Values.Sum(static m => m.Version);
            return lines == changes ? null : $"{changes} changes, {lines} lines in the audit";
        }

        public void Dispose() => _state.Dispose();

        private string One(Random dice)
        {
            switch (dice.Next(5))
            {
                case 0 or 1:
                    return Throw(dice);
                case 2:
                    var wait = TimeSpan.FromSeconds(dice.Next(1, 40));
                    Pass(wait);
                    return $"wait {wait}";
                case 3:
                    var set = Set(dice);
                    _clock.StepWall(set);
                    _board.EndExpired();
                    return $"set the clock by {set}";
                default:
                    return Restart(dice);
            }
        }

        private string Throw(Random dice)
        {
            var id = Ids[dice.Next(Ids.Length)];
            var on = dice.Next(3) > 0;
            TimeSpan? lasts = dice.Next(3) > 0 ? TimeSpan.FromSeconds(dice.Next(1, 90) + 0.5) : null;
            var model = _models[id];
            long? seen = dice.Next(3) switch { 0 => null, 1 => model.Version, _ => model.Version - 1 };
            var taken = _board.TryThrow(new(id, on, "ann", "127.0.0.1", "a test", lasts, seen is null ? null : [$"{seen}"]), out _);
            if (taken != (seen is null || seen == model.Version))
            {
                return $"{id} at {seen} was {(taken ? "" : "not ")}taken";
            }

            if (taken)
            {
                model.Throw(on, lasts);
            }

            return $"throw {id} {on} for {lasts} at {seen}";
        }

        private string Restart(Random dice)
        {
            var (down, set) = (TimeSpan.FromSeconds(dice.Next(0, 40)), dice.Next(2) == 0 ? TimeSpan.Zero : Set(dice));
            _clock.Advance(down);
            _clock.StepWall(set);
            foreach (var model in _models.Values)
            {
                model.Pass(down + set);
            }

            _state.Dispose();
            Start();
            return $"down for {down}, the clock set by {set}";
        }

        private void Pass(TimeSpan span)
        {
            _clock.Advance(span);
            _board.EndExpired();
            foreach (var model in _models.Values)
            {
                model.Pass(span);
            }
        }

        private static TimeSpan Set(Random dice) => TimeSpan.FromSeconds(dice.Next(2) == 0 ? 2 * dice.Next(-45, 45) : dice.Next(2) == 0 ? 3600 : -3600);

        private void Start()
        {
            _state = new(_clock, new Defects(_log));
            var folder = new StateFolder(_folder, _log);
            _board = new(_state, folder, new(folder, _clock, _log), _clock);
        }
    }
}
