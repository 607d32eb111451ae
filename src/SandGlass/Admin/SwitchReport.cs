using SandGlass.Algorithms.Sharing;
using SandGlass.Fleet;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>Switches as operators see them: where they stand, and what they touch of the last second's traffic, on or off.</summary>
internal static class SwitchReport
{
    /// <summary>One switch.</summary>
    public static SwitchStatus Of(SwitchPlan plan, Snapshot snapshot, Rates rates, FleetShare share)
    {
        // Read once: what is told and its tag are of one change.
        var register = plan.State.Register;
        var isEndedHere = register is not null && ReferenceEquals(register, plan.State.EndedHere);
        var now = isEndedHere ? register!.Value.EndedHere() : register?.Value ?? plan.State.Now;
        return new(
            plan.Name,
            plan.Policy.Description,
            now.On,
            now.Since,
            now.Until,
            now.By,
            now.Reason,
            Effect(plan, snapshot, rates),
            now.Version,
            SwitchTag.Of(register),
            share.IsMember ? now.Gateway : null,
            isEndedHere ? null : share.Standing("switch", plan.Name, register?.Order),
            Conflict(register));
    }

    // What was thrown elsewhere without having heard of this, until somebody throws the switch who could see it.
    private static SwitchConflict? Conflict(Register<SwitchState.Position>? switched) =>
        switched is { Lost: { } lost } register && !(lost.Stamp <= register.Value.Settles) && !lost.Value.SaysTheSame(register.Value)
            ? new(lost.Value.On, lost.Value.By, lost.Value.Reason, lost.Value.Gateway, lost.Value.Since, lost.Value.Version) : null;

    /// <summary>
    /// The routes on which it can do anything, and the requests there that it acts on: not those of clients whom it lets pass, and not those
    /// of clients for whom it is in shadow.
    /// </summary>
    public static SwitchEffect Effect(SwitchPlan plan, Snapshot snapshot, Rates rates)
    {
        var named = plan.Routes.ToHashSet(StringComparer.Ordinal);
        var routes = snapshot.Routes.Where(r => named.Contains(r.Name) && plan.CanAct(r)).ToArray();
        var all = snapshot.Routes.Sum(r => PerSecond(r.Tally, rates));
        var touched = routes.Sum(r => PerSecond(r.Tally, rates)) * (1 - (plan.Admit < 1 ? plan.Admit : 0)) * plan.EnforceShare;
        return new([.. routes.Select(static r => r.Name)], all == 0 ? 0 : Math.Round(touched / all, 3), Math.Round(touched, 1));
    }

    private static double PerSecond(RouteTally tally, Rates rates) =>
        rates.Gains.TryGetValue(tally, out var cells) ? cells.Sum() / rates.Seconds : 0;
}
