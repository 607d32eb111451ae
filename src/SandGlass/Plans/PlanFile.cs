using System.Text.Json;
using SandGlass.Algorithms.Sharing;
using SandGlass.Hosting;

namespace SandGlass.Plans;

/// <summary>What must outlive the process of plans: those that run, and what is remembered of the others. One file, written whole.</summary>
/// <param name="folder">Where it is.</param>
internal sealed class PlanFile(StateFolder folder)
{
    private const string FileName = "plans.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Puts it on the disk.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(
        IReadOnlyDictionary<string, PlanRun> runs, IReadOnlyDictionary<string, PlanMemory> memories, IReadOnlyDictionary<string, Register<PlanStand>> marks) =>
        folder.Write(FileName, JsonSerializer.SerializeToUtf8Bytes(
            new Kept(runs, memories, marks.ToDictionary(static m => m.Key, static m => (PlanRecord?)PlanRecord.Of(m.Value, isWhole: false))), Json));

    /// <summary>What was kept; nothing where there is no file or it makes no sense.</summary>
    public (Dictionary<string, PlanRun> Runs, Dictionary<string, PlanMemory> Memories, Dictionary<string, Register<PlanStand>> Marks) Read()
    {
        try
        {
            if (folder.TryRead(FileName) is { } bytes && JsonSerializer.Deserialize<Kept>(bytes, Json) is { Runs: not null, Memories: not null } kept)
            {
                var runs = kept.Runs.Where(static r => r.Value is { Steps: not null, Plan: not null }).ToDictionary(StringComparer.Ordinal);
                var memories = kept.Memories.Where(static m => m.Value is not null).ToDictionary(StringComparer.Ordinal);
                var marks = new Dictionary<string, Register<PlanStand>>(StringComparer.Ordinal);
                foreach (var plan in (kept.Marks?.Keys ?? []).Union(runs.Keys).Union(memories.Keys))
                {
                    var stand = new PlanStand(runs.GetValueOrDefault(plan) is { Position: not PlanPosition.Rehearsing } run ? run : null, memories.GetValueOrDefault(plan) ?? new());
                    // What an older version has kept has no mark.
                    marks[plan] = kept.Marks?.GetValueOrDefault(plan)?.Register(stand) ?? new(new Change<PlanStand>(default, stand));
                }

                return (runs, memories, marks);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
        {
            folder.SetAside(FileName, fault.Message);
        }

        return (new(StringComparer.Ordinal), new(StringComparer.Ordinal), new(StringComparer.Ordinal));
    }

    private sealed record Kept(
        IReadOnlyDictionary<string, PlanRun> Runs, IReadOnlyDictionary<string, PlanMemory> Memories, IReadOnlyDictionary<string, PlanRecord?>? Marks = null);
}
