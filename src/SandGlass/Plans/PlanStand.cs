using System.Text.Json;
using SandGlass.Algorithms.Sharing;

namespace SandGlass.Plans;

/// <summary>Where a plan stands, as the gateways of a fleet agree on it.</summary>
/// <param name="Run">Its run; null: it does not run. Rehearsals are each gateway's own.</param>
/// <param name="Memory">What is remembered of it.</param>
public sealed record PlanStand(PlanRun? Run, PlanMemory Memory);

/// <summary>The same as it goes through Redis, and without what it says as it stands on the disk beside it.</summary>
internal sealed record PlanRecord(string Stamp, IReadOnlyList<string> Past, PlanStand? Stand, PlanRecord? Lost)
{
    /// <summary>Whoever starts a plan or takes it back goes before all that it does by itself meanwhile: such a change begins a new million of versions.</summary>
    private const long Act = (1 << 20) - 1;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);

    /// <summary>The version after this one.</summary>
    public static long Next(long version, bool isAct) => isAct ? (version | Act) + 1 : version + 1;

    /// <summary>Whether two versions belong to the same start of a plan.</summary>
    public static bool IsSameStart(long a, long b) => (a | Act) == (b | Act);

    public static PlanRecord Of(Register<PlanStand> register, bool isWhole) => new(
        register.Stamp.ToString(),
        [.. register.Past.Select(static s => s.ToString())],
        isWhole ? register.Value : null,
        register.Lost is { } lost ? new(lost.Stamp.ToString(), [], lost.Value, null) : null);

    /// <summary>The register; null where it makes no sense.</summary>
    /// <param name="stand">What it says, where that stands elsewhere.</param>
    public Register<PlanStand>? Register(PlanStand? stand = null)
    {
        var past = new List<Stamp>();
        foreach (var text in Past ?? [])
        {
            if (!Algorithms.Sharing.Stamp.TryParse(text, out var known))
            {
                return null;
            }

            past.Add(known);
        }

        return Algorithms.Sharing.Stamp.TryParse(Stamp, out var stamp) && (stand ?? Stand) is { Memory: not null } says && (says.Run is null || (says.Run is { Steps: not null, Plan: not null, By: not null } && says.Run.Steps.All(static s => s is { Switch: not null })))
            ? new(new(stamp, says), past, Lost is { Stand: { } other } && Algorithms.Sharing.Stamp.TryParse(Lost.Stamp, out var lost) ? new(lost, other) : null) : null;
    }
}
