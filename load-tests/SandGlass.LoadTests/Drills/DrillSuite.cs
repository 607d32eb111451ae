using System.Runtime.InteropServices;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Drills;

/// <summary>Some drills one after the other and, where it is all of them, the evaluation table.</summary>
internal sealed class DrillSuite(DrillShelf shelf, IReadOnlyList<string> names, bool unprotected, TimeProvider time, ProgressLine line, TextWriter output, TextWriter error)
{
    public async Task<DrillReport> RunAsync(bool all, CancellationToken cancel)
    {
        var shoppers = shelf.Shoppers(error);
        var drills = shelf.Read(names, shoppers, error);
        var policy = await File.ReadAllTextAsync(shelf.PolicyFile, cancel);
        var redis = OnPath.Find("redis-server");
        var (began, start) = (time.GetUtcNow(), time.GetTimestamp());
        var progress = new DrillProgress(line) { Runs = (drills.Count(d => !d.Redis || redis is not null) * (unprotected ? 1 : 2)) + (all ? 1 : 0) };
        var run = new DrillRun(policy, shoppers, redis, time, progress);
        List<DrillResult> results = [];
        EvaluationMeasures? evaluation = null;
        var cut = false;
        try
        {
            foreach (var drill in drills)
            {
                var skipped = drill.Redis && redis is null ? "redis-server is not installed" : null;
                var contrast = skipped is null && !unprotected ? await run.RunAsync(drill, protect: false, again: false, cancel) : null;
                var judged = skipped is null ? await JudgedAsync(run, drill, cancel) : null;
                results.Add(new(drill.Name, drill.Title, drill.Source, drill.Story, drill.Lesson, skipped, judged, contrast));
                progress.Clear();
                await output.WriteLineAsync(DrillText.Line(results[^1]));
            }

            evaluation = all ? await new Evaluation(policy, shoppers, !unprotected, time, progress).MeasureAsync(cancel) : null;
        }
        catch (Exception fault) when (fault is OperationCanceledException or HttpRequestException or UsageException && Cut.Short(cancel) && results.Count > 0)
        {
            cut = true;
        }

        progress.Clear();
        return new()
        {
            Began = began,
            Machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            Unprotected = unprotected,
            CutBefore = cut ? drills.Count - results.Count : null,
            Drills = results,
            Evaluation = evaluation is null ? [] : EvaluationTable.Of(results, evaluation),
            Invalid = evaluation?.Invalid ?? [],
            Seconds = time.GetElapsedTime(start).TotalSeconds,
        };
    }

    // A generator that fell behind says nothing of the gateway: once more, on a machine that may be quieter now.
    private async Task<DrillRunResult> JudgedAsync(DrillRun run, Drill drill, CancellationToken cancel)
    {
        var judged = await run.RunAsync(drill, !unprotected, again: false, cancel);
        return judged.Invalid.Count == 0 ? judged : await run.RunAsync(drill, !unprotected, again: true, cancel);
    }
}
