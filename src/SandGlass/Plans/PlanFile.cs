using System.Text.Json;
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
    public void Write(IReadOnlyDictionary<string, PlanRun> runs, IReadOnlyDictionary<string, PlanMemory> memories) =>
        folder.Write(FileName, JsonSerializer.SerializeToUtf8Bytes(new Kept(runs, memories), Json));

    /// <summary>What was kept; nothing where there is no file or it makes no sense.</summary>
    public (Dictionary<string, PlanRun> Runs, Dictionary<string, PlanMemory> Memories) Read()
    {
        try
        {
            if (folder.TryRead(FileName) is { } bytes && JsonSerializer.Deserialize<Kept>(bytes, Json) is { Runs: not null, Memories: not null } kept)
            {
                return (
                    kept.Runs.Where(static r => r.Value is { Steps: not null, Plan: not null }).ToDictionary(StringComparer.Ordinal),
                    kept.Memories.Where(static m => m.Value is not null).ToDictionary(StringComparer.Ordinal));
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
        {
            folder.SetAside(FileName, fault.Message);
        }

        return (new(StringComparer.Ordinal), new(StringComparer.Ordinal));
    }

    private sealed record Kept(IReadOnlyDictionary<string, PlanRun> Runs, IReadOnlyDictionary<string, PlanMemory> Memories);
}
