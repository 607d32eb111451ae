using SandGlass.Alarms;
using SandGlass.Policy;

namespace SandGlass.Plans;

/// <summary>What must hold before a plan may start, and whether it does.</summary>
/// <param name="What">In words: "the alarm transaction-slow is quiet".</param>
/// <param name="IsMet">Whether it holds now.</param>
public sealed record PlanNeed(string What, bool IsMet)
{
    /// <summary>All needs of a plan, as they are now.</summary>
    public static IReadOnlyList<PlanNeed> Of(PlanPolicy plan, Snapshot snapshot, IReadOnlyList<AlarmStatus> alarms, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(snapshot);
        return
        [
            .. plan.Needs.Quiet.Select(name => new PlanNeed($"the alarm {name} is quiet", alarms.FirstOrDefault(a => a.Name == name) is not { IsFiring: true })),
            .. plan.Needs.Healthy.Select(name => new PlanNeed(
                $"the backend {name} is healthy", snapshot.Backends.TryGetValue(name, out var backend) && backend.Destinations.All(d => backend.ShareOf(d, now) > 0))),
        ];
    }
}
