using SandGlass.Fleet;
using SandGlass.Plans;
using SandGlass.Policy;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>Plans as operators see them: where they stand, what is done and to come, and what each step touches of the last second's traffic.</summary>
/// <param name="board">Where they run.</param>
/// <param name="policy">The policy in force.</param>
/// <param name="rates">The last second.</param>
/// <param name="time">The clock.</param>
/// <param name="share">How far the other gateways are.</param>
internal sealed class PlanReport(PlanBoard board, Func<Snapshot> policy, Func<Rates> rates, TimeProvider time, FleetShare share)
{
    /// <summary>All plans of the policy, and those that run although it has dropped them.</summary>
    public IReadOnlyList<PlanStatus> All() => [.. policy().Policy.Plans.Keys.Union(board.Running, StringComparer.Ordinal).Select(Of).OfType<PlanStatus>()];

    /// <summary>One plan; null: there is none.</summary>
    public PlanStatus? Of(string id)
    {
        var snapshot = policy();
        var written = snapshot.Policy.Plans.GetValueOrDefault(id);
        var (run, memory, proposal) = (board.Run(id), board.Memory(id), board.Proposal(id));
        if (written is null && run is null)
        {
            return null;
        }

        var steps = run?.Steps ?? [.. written!.Steps.Select(static s => new PlanRunStep(s.Switch, s.After.Value)).OrderBy(static s => s.After)];
        var ends = run is null ? written!.For?.Value : run.Ends;
        return new(
            id,
            written?.Description,
            written?.Owner,
            run is not null ? StatusReport.Kebab(run.Position) : proposal is not null ? "proposed" : "idle",
            proposal?.Why,
            written?.Auto == true,
            When(written?.When),
            ends is { } span ? new Duration(span).ToString() : null,
            run?.Since,
            run is { Position: not PlanPosition.Rehearsing } ? run.Since + run.Ends : null,
            run?.By,
            run?.Reason,
            run?.Trouble,
            run?.Done ?? 0,
            [.. steps.Select(s => Step(s, snapshot))],
            written is null ? [] : board.Needs(written),
            memory.RehearsedAt,
            [.. Warnings(written, memory)],
            memory.Last,
            share.IsMember ? run?.Gateway : null,
            share.Standing("plan", id, board.Order(id)));
    }

    private PlanStepStatus Step(PlanRunStep step, Snapshot snapshot)
    {
        var found = snapshot.Switches.TryGetValue(step.Switch, out var plan);
        return new(
            step.Switch,
            new Duration(step.After).ToString(),
            StatusReport.Kebab(step.Is),
            plan?.State.IsOn == true,
            found ? SwitchReport.Effect(plan!, snapshot, rates()) : null,
            step.Is == PlanStepIs.ToCome ? null : share.Standing("switch", step.Switch, plan?.State.Register?.Order));
    }

    private IEnumerable<string> Warnings(PlanPolicy? plan, PlanMemory memory)
    {
        if (plan is null)
        {
            yield return "the policy has dropped it while it runs";
        }
        else if (memory.RehearsedAt is not { } rehearsed)
        {
            yield return "it was never rehearsed; start it with --rehearse";
        }
        else if (time.GetUtcNow() - rehearsed > TimeSpan.FromDays(90))
        {
            yield return $"it was last rehearsed on {rehearsed:yyyy-MM-dd}";
        }
    }

    private static string? When(PlanWhenPolicy? when) => when switch
    {
        { Phase: { } phase } => $"phase {phase}",
        { Alarm: { } alarm } => $"alarm {alarm} for {when.For}",
        _ => null,
    };
}

/// <summary>
/// One plan. In a fleet: <paramref name="Gateway"/>, where it was started; <paramref name="Fleet"/>, how many gateways know where it stands. <paramref name="State"/>: "idle", "proposed", "running", "on", "failed" or "rehearsing"; <paramref name="Until"/>: when it is taken back by itself.
/// </summary>
public sealed record PlanStatus(
    string Id,
    string? Description,
    string? Owner,
    string State,
    string? Proposed,
    bool Auto,
    string? When,
    string? For,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    string? By,
    string? Reason,
    string? Trouble,
    int Done,
    IReadOnlyList<PlanStepStatus> Steps,
    IReadOnlyList<PlanNeed> Needs,
    DateTimeOffset? RehearsedAt,
    IReadOnlyList<string> Warnings,
    PlanEnd? Last,
    string? Gateway,
    FleetStanding? Fleet);

/// <summary>
/// One step. <paramref name="Is"/>: "to-come", "thrown" or "was-on"; <paramref name="On"/>: whether its switch is on now; <paramref name="Effect"/>: what it
/// touches; null: the policy has no such switch any more; <paramref name="Fleet"/>: of a step that is done, on how many gateways its switch stands as here.
/// </summary>
public sealed record PlanStepStatus(string Switch, string After, string Is, bool On, SwitchEffect? Effect, FleetStanding? Fleet);
