using System.Globalization;
using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Reports;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Commands;

/// <summary>Bounds and looks of a run.</summary>
internal sealed record RunLimits(int MostInFlight, bool WaitWhenFull, bool Plain);

/// <summary>One run in real time: drives the engine, watches thresholds and itself, shows progress, and reports.</summary>
internal sealed class LoadRun(
    Load load, IReadOnlyList<Threshold> thresholds, TimeSpan reportingInterval, RunLimits limits, TimeProvider time, TextWriter output, TextWriter error)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    // Whoever cuts a run short wants to see the end of it; most answers come sooner.
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(1);

    // Until the first moment, so that the thread that drives the engine is there before it.
    private const double Lead = 0.1;

    private readonly long[] _missed = new long[thresholds.Count];
    private readonly List<string> _notes = [];

    public async Task<RunReport> RunAsync(string suite, string name, string kind, int seed, IReadOnlyList<string> notes, CancellationToken cancel)
    {
        if (load.Scenarios.All(static s => s.WarmUp == TimeSpan.Zero))
        {
            await Rehearsal.RunAsync(load.Scenarios[0].Http, time);
        }

        var recorder = load.Recorder();
        using var transport = new HttpTransport();
        using var engine = load.Engine(time, transport, recorder, limits.MostInFlight, limits.WaitWhenFull, Lead);
        var (health, measuring) = (new Health(time), false);
        var began = time.GetUtcNow();
        var cut = false;
        double seconds = 0;
        using var view = ProgressView.Make(load, recorder, engine, limits.Plain, output);
        var paced = new Pacer(engine, time).RunAsync();
        var nextLook = reportingInterval.TotalSeconds;
        while (!paced.IsCompleted)
        {
            await Task.WhenAny(paced, Task.Delay(Beat, time, CancellationToken.None));
            var now = engine.Now;
            if (!measuring && now >= 0)
            {
                // What the first requests cost while code is compiled is the warm-up's.
                (health, measuring) = (new Health(time), true);
            }

            health.Probe();
            seconds = cut ? seconds : Math.Min(Math.Max(now, 0.001), load.Seconds);
            view.Show(now);
            if (cancel.IsCancellationRequested && !cut)
            {
                cut = true;
                engine.Leave(LastAnswers);
            }

            if (now >= nextLook)
            {
                nextLook += reportingInterval.TotalSeconds;
                Look(recorder, engine, now);
            }

            LookAtFailures(recorder, engine);
        }

        await paced;
        view.Dispose();
        if (cut && recorder.Starts == 0)
        {
            throw new UsageException("cut short before anything was measured", 3);
        }

        var report = ReportBuilder.Build(new(suite, name, kind, began, seconds, seed, [.. notes, .. _notes]), recorder, health, thresholds);
        return cut ? Cut(report, engine.Left) : report;
    }

    private RunReport Cut(RunReport report, int left)
    {
        var whole = double.IsPositiveInfinity(load.Seconds) ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" of {load.Seconds:0.#}");
        var open = left == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"; {left:N0} requests that were under way then are left out");
        return report with
        {
            Cut = true,
            Invalid = [string.Create(CultureInfo.InvariantCulture, $"cut short after {report.Seconds:0.#}{whole} s, which is a part and not what was asked for{open}"), .. report.Invalid],
        };
    }

    /// <summary>Writes the reports, says the end of it, and gives the exit code.</summary>
    public static int Finish(RunReport report, string? folder, string? name, IReadOnlyList<string> formats, TextWriter output, TextWriter error)
    {
        output.WriteLine();
        output.Write(TextReports.Txt(report));
        foreach (var file in folder is null ? [] : ReportFiles.Write(report, folder, name, formats))
        {
            output.WriteLine(file);
        }

        foreach (var reason in report.Invalid)
        {
            error.WriteLine($"sandglass-load: not a measurement: {reason}");
        }

        if (report.Unanswered)
        {
            error.WriteLine(
                $"sandglass-load: none of {report.Scenarios.Sum(static s => s.Requests)} requests was answered ({string.Join(", ", report.Reasons.Take(3).Select(static r => r.Why))}); "
                + $"is {string.Join(", ", report.Scenarios.Select(static s => s.Target).Distinct())} up?");
        }

        return report.ExitCode;
    }

    private void Look(Recorder recorder, Engine engine, double now)
    {
        for (var i = 0; i < thresholds.Count; i++)
        {
            var threshold = thresholds[i];
            if (now < threshold.StartCheckAfter.TotalSeconds || ReportBuilder.Judge(threshold, recorder, now) is not { Met: false, Value: not null } judged)
            {
                continue;
            }

            if (++_missed[i] == threshold.AbortWhenErrorCount)
            {
                Add($"stopped after {now:0} s: {threshold.Text} was missed {_missed[i]} times");
                error.WriteLine($"sandglass-load: {_notes[^1]} ({judged.Said()})");
                engine.Stop();
            }
        }
    }

    private void LookAtFailures(Recorder recorder, Engine engine)
    {
        for (var i = 0; i < load.Scenarios.Count && _notes.Count == 0; i++)
        {
            if (load.Scenarios[i].MaxFailCount is < long.MaxValue and var most && recorder.Count(i, null, Outcomes.Failed) is var failed && failed > most)
            {
                Add($"stopped: {load.Scenarios[i].Name} had {failed} failures, more than MaxFailCount");
                error.WriteLine($"sandglass-load: {_notes[^1]}");
                engine.Stop();
            }
        }
    }

    private bool Add(string note)
    {
        _notes.Add(note);
        return true;
    }
}
