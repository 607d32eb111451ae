using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Running;

/// <summary>A server in virtual time: it says when each request ends, and a run takes as long as the sums do.</summary>
internal sealed class VirtualServer(TestClock clock, Func<Shot, double, (TimeSpan Takes, Answer Answer)> answer) : ITransport
{
    private readonly PriorityQueue<(TaskCompletionSource<Answer> Done, Answer Answer), TimeSpan> _ends = new();
    private readonly long _began = clock.GetTimestamp();

    /// <summary>What was sent, in order, and when, in seconds.</summary>
    public List<(double At, Shot Shot, string Path)> Sent { get; } = [];

    /// <summary>The driver of the engine does not come for so long, once, at that moment.</summary>
    public (double At, double Seconds)? GeneratorStalls { get; set; }

    private TimeSpan Now => clock.GetElapsedTime(_began);

    public ValueTask<Answer> SendAsync(Shot shot)
    {
        var (takes, what) = answer(shot, Now.TotalSeconds);
        Sent.Add((Now.TotalSeconds, shot, shot.Journey.Replayed?.Target ?? shot.Step.Path.Render(shot.Journey.Values)));
        var done = new TaskCompletionSource<Answer>();
        shot.Patience.Token.Register(() => done.TrySetResult(new(Outcome.Error, 0, Why: "timed out")));
        _ends.Enqueue((done, what), Now + takes);
        return new(done.Task);
    }

    /// <summary>Runs a load to its end.</summary>
    public Recorder Run(Load load, int mostInFlight = 10_000, bool waitWhenFull = false)
    {
        var recorder = load.Recorder();
        using var engine = load.Engine(clock, this, recorder, mostInFlight, waitWhenFull);
        while (true)
        {
            var next = clock.GetElapsedTime(_began, engine.Step());
            if (engine.Done)
            {
                return recorder;
            }

            var stalledUntil = TimeSpan.Zero;
            if (GeneratorStalls is { } stall && Now.TotalSeconds >= stall.At)
            {
                GeneratorStalls = null;
                next = Now + TimeSpan.FromSeconds(stall.Seconds);
                stalledUntil = next;
            }

            // An answer may be what the next request waits for, so the engine is asked again after each.
            var answered = false;
            while (!answered && _ends.TryPeek(out _, out var end) && end <= next)
            {
                clock.Advance(end > Now ? end - Now : TimeSpan.Zero);
                var (done, what) = _ends.Dequeue();
                done.TrySetResult(what);
                answered = end < next && stalledUntil == TimeSpan.Zero;
            }

            if (!answered)
            {
                // A tick more: the clock's frequency divides nothing evenly.
                clock.Advance(next > Now ? next - Now : TimeSpan.FromTicks(10));
            }
        }
    }
}

/// <summary>Scenarios of few words.</summary>
internal static class Some
{
    public static readonly Answer Good = new(Outcome.Ok, 200, 100);

    public static Step Step(string path = "/", TimeSpan think = default, params string[] names) =>
        new($"step {path}", HttpMethod.Get, Template.Parse(path, names, Slot.Path), [], null, (think, think), [], []);

    public static Scenario Scenario(params Simulation[] simulations) =>
        new() { Name = "s", Target = new("http://127.0.0.1"), Steps = [Step()], Simulations = simulations };

    public static Inject Inject(double rate, double seconds) => new(rate, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(seconds));
}
