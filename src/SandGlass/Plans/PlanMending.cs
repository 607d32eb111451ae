using SandGlass.Algorithms.Sharing;
using SandGlass.Fleet;
using SandGlass.Layers.Switch;
using SandGlass.Policy;

namespace SandGlass.Plans;

/// <summary>
/// Mends what gateways leave behind that had not heard of each other: a step on for a plan that is over, whose gateway is gone or cut off; and a step
/// of a plan that runs, off since somebody has taken back the run before this one. Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="policy">The policy in force.</param>
/// <param name="switches">Where they are thrown.</param>
/// <param name="book">What runs, and what is over.</param>
/// <param name="share">The others.</param>
/// <param name="time">The clock.</param>
internal sealed class PlanMending(Func<Snapshot> policy, SwitchBoard switches, PlanBook book, FleetShare share, TimeProvider time)
{
    // So long a switch may not fit its plan until that is mended: most such is news that is still under way.
    private static readonly TimeSpan Oddity = TimeSpan.FromSeconds(5);

    // By switch: what does not fit the plans, and since when that is seen.
    private readonly Dictionary<string, (Stamp Stamp, long At)> _odd = new(StringComparer.Ordinal);

    /// <summary>Looks through the switches.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void Beat()
    {
        var now = time.GetTimestamp();
        foreach (var (id, plan) in policy().Switches)
        {
            if (plan.State.Register is not { } register || Mended(id, register.Value, now) is not { } order)
            {
                _odd.Remove(id);
            }
            else if (!_odd.TryGetValue(id, out var seen) || seen.Stamp != register.Stamp)
            {
                _odd[id] = (register.Stamp, now);
            }
            else if (time.GetElapsedTime(seen.At, now) >= Oddity)
            {
                switches.TryThrow(order with { Seen = [SwitchTag.Of(register)] }, out _);
            }
        }
    }

    // What is to be done about it, by this gateway; null: nothing.
    private SwitchOrder? Mended(string id, SwitchState.Position position, long now)
    {
        if (PlanSignature.Owner(position) is { } owner)
        {
            return !book.Runs.ContainsKey(owner) && book.Memory(owner).Last is not null && share.Leads(0, now)
                ? new(id, false, "sandglass", "local", $"plan {owner} is over") : null;
        }

        return !position.On && book.Runs.Values.FirstOrDefault(r => PlanSignature.IsTakenBack(position, r.Plan)) is { Position: PlanPosition.Running or PlanPosition.On } run
            && run.Steps.Any(s => s.Switch == id && s.Is == PlanStepIs.Thrown) && run.Conductor == share.Id ? new(id, true, PlanSignature.Of(run), "local", run.Reason) : null;
    }
}
