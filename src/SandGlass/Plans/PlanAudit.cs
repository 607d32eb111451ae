using SandGlass.Hosting;

namespace SandGlass.Plans;

/// <summary>What the audit says of plans: who has started one, what stopped it, who has taken it back, and who lost against whom.</summary>
/// <param name="audit">Gets a line for each.</param>
internal sealed class PlanAudit(Audit audit)
{
    /// <summary>From where news come that the fleet has told.</summary>
    /// <param name="gateway">The gateway where it happened; null: nobody has said which.</param>
    public static string Fleet(string? gateway) => $"fleet, {gateway ?? "another gateway"}";

    /// <summary>It was started, or its rehearsal was.</summary>
    public void Started(PlanRun run, string from) => audit.Write(
        run.By,
        from,
        $"plan {run.Plan} {(run.Position == PlanPosition.Rehearsing ? "rehearse" : "start")}",
        run.Reason,
        null,
        new { steps = run.Steps.Select(static s => s.Switch), ends = run.Ends });

    /// <summary>A step failed.</summary>
    /// <param name="run">As it stopped.</param>
    /// <param name="from">From which address.</param>
    /// <param name="before">As it was before; null: that is not known here.</param>
    public void Stopped(PlanRun run, string from, PlanRun? before = null) =>
        audit.Write(run.By, from, $"plan {run.Plan} stopped", run.Trouble ?? string.Empty, before is null ? null : new { before.Done }, new { run.Done });

    /// <summary>It was taken back, or its time was over.</summary>
    public void Ended(PlanRun run, PlanEnd end, string from) =>
        audit.Write(end.By, from, $"plan {run.Plan} {end.How}", end.Reason, new { run.Position, run.Done }, new { end.Kept });

    /// <summary>Two have started it without having heard of each other.</summary>
    public void Conflict(PlanRun run, PlanRun lost) => audit.Write(
        run.By, Fleet(run.Gateway), $"plan {run.Plan} conflict", $"{lost.By} on {lost.Gateway} started it too without having heard of it ({lost.Reason}), and lost", null, null);
}
