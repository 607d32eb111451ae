using SandGlass.Policy;

namespace SandGlass.Plans;

/// <summary>Rehearsals: a plan's switches in shadow, one a second, and how many requests each would have touched. Each gateway's own. Not thread-safe: its owner has a lock.</summary>
/// <param name="state">Where switches are told that they rehearse.</param>
/// <param name="policy">The policy in force.</param>
internal sealed class PlanRehearsals(GatewayState state, Func<Snapshot> policy)
{
    // One step a second, and stays for this long after the last, so that there is something to count.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(5);

    // By plan, then by switch: what it had counted before.
    private readonly Dictionary<string, Dictionary<string, long>> _counted = new(StringComparer.Ordinal);

    /// <summary>Whether it has seen what there was to see.</summary>
    public static bool IsOver(PlanRun run, TimeSpan passed) => passed >= (Step * run.Steps.Count) + Stay;

    /// <summary>Throws the steps whose second has come, in shadow.</summary>
    /// <returns>The run after it.</returns>
    public PlanRun Throw(PlanRun run, TimeSpan passed)
    {
        if (!_counted.TryGetValue(run.Plan, out var before))
        {
            _counted[run.Plan] = before = new(StringComparer.Ordinal);
        }

        for (var i = 0; i < run.Steps.Count && Step * i <= passed; i++)
        {
            var step = run.Steps[i];
            if (step.Is == PlanStepIs.ToCome && policy().Switches.TryGetValue(step.Switch, out var plan))
            {
                before[step.Switch] = plan.Shadowed.Sum();
                plan.State.Rehearse(true);
                run = run.With(i, step with { Is = PlanStepIs.Thrown });
            }
        }

        return run;
    }

    /// <summary>Takes them all back.</summary>
    /// <returns>By switch the requests that it would have touched.</returns>
    public Dictionary<string, long> Stop(PlanRun run)
    {
        _counted.Remove(run.Plan, out var before);
        var would = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, count) in before ?? [])
        {
            state.Switch(name).Rehearse(false);
            would[name] = policy().Switches.TryGetValue(name, out var plan) ? plan.Shadowed.Sum() - count : 0;
        }

        return would;
    }
}
