using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Running;
using Spectre.Console;
using Recorder = SandGlass.LoadTests.Measuring.Recorder;

namespace SandGlass.LoadTests.Commands;

/// <summary>What a run looks like while it is on: a table that stays where it is in a terminal, else a line a second.</summary>
internal abstract class ProgressView(Load load, Recorder recorder, Engine engine) : IDisposable
{
    private long[] _before = new long[Outcomes.All.Count];
    private long _sent;
    private double _shown = double.NegativeInfinity;

    /// <summary>The one that fits where output goes.</summary>
    public static ProgressView Make(Load load, Recorder recorder, Engine engine, bool plain, TextWriter output) =>
        !plain && ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Interactive: true, Ansi: true }
            ? new TerminalView(load, recorder, engine)
            : new PlainView(load, recorder, engine, output);

    /// <summary>Once a second.</summary>
    public void Show(double now)
    {
        if (now - _shown < 1)
        {
            return;
        }

        // Counts of all scenarios since the last time.
        var counts = Outcomes.All.Select(o => Enumerable.Range(0, load.Scenarios.Count).Sum(i => recorder.Count(i, null, x => x == o))).ToArray();
        var sent = recorder.Locked(() => recorder.Series.Moments.Sum(static m => m.Sent));
        var took = double.IsNegativeInfinity(_shown) ? 1 : now - _shown;
        // The last whole second's; what was planned later is still on its way.
        var p99 = recorder.Locked(() => recorder.Series.Of(Math.Max(0, now - 1)).FromPlan.Quantile(0.99));
        Draw(new(now, load.PlannedRate(now), (sent - _sent) / took, [.. counts.Select((c, i) => (c - _before[i]) / took)], p99.TotalMilliseconds, engine.UnderWay, recorder.Dropped));
        (_before, _sent, _shown) = (counts, sent, now);
    }

    public virtual void Dispose()
    {
    }

    /// <summary>Shows one second.</summary>
    protected abstract void Draw(Second second);

    /// <summary>Rates of a second.</summary>
    protected sealed record Second(double At, double Planned, double Sent, IReadOnlyList<double> Outcomes, double P99, int UnderWay, long Dropped)
    {
        public string Phase => At < 0 ? "warm-up" : $"{At:0} s";
    }

    private sealed class PlainView(Load load, Recorder recorder, Engine engine, TextWriter output) : ProgressView(load, recorder, engine)
    {
        protected override void Draw(Second second)
        {
            var outcomes = string.Join(", ", Measuring.Outcomes.All.Zip(second.Outcomes).Where(static o => o.Second > 0).Select(static o => $"{o.First.Name()} {o.Second:0}/s"));
            output.WriteLine($"{second.Phase}: planned {second.Planned:0}/s, sent {second.Sent:0}/s; {(outcomes.Length == 0 ? "no answers" : outcomes)}; p99 {second.P99:0.0} ms, {second.UnderWay} under way, {second.Dropped} dropped");
        }
    }

    private sealed class TerminalView : ProgressView
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _live;
        private Action? _refresh;

        public TerminalView(Load load, Recorder recorder, Engine engine)
            : base(load, recorder, engine)
        {
            var table = new Table().AddColumns("time", "planned/s", "sent/s").Border(TableBorder.Rounded);
            foreach (var outcome in Outcomes.All)
            {
                table.AddColumn(new TableColumn(outcome.Name() + "/s").RightAligned());
            }

            table.AddColumns("p99 ms", "under way", "dropped");
            _live = AnsiConsole.Live(table).StartAsync(async context =>
            {
                _refresh = context.Refresh;
                await _over.Task;
            });
            Rows = table;
        }

        private Table Rows { get; }

        protected override void Draw(Second second)
        {
            // The last ten seconds stay on the screen.
            if (Rows.Rows.Count >= 10)
            {
                Rows.RemoveRow(0);
            }

            Rows.AddRow([second.Phase, $"{second.Planned:0}", $"{second.Sent:0}", .. second.Outcomes.Select(static o => $"{o:0}"), $"{second.P99:0.0}", $"{second.UnderWay}", $"{second.Dropped}"]);
            _refresh?.Invoke();
        }

        public override void Dispose()
        {
            _over.TrySetResult();
            _live.Wait(TimeSpan.FromSeconds(2));
            base.Dispose();
        }
    }
}
