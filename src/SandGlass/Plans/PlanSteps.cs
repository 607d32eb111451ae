using SandGlass.Layers.Switch;
using SandGlass.Policy;

namespace SandGlass.Plans;

/// <summary>A plan's hand at the switches: throws what is due, and takes back in reverse order what the plan has thrown itself and nobody has changed since.</summary>
/// <param name="state">How the switches stand.</param>
/// <param name="policy">The policy in force.</param>
/// <param name="switches">Where they are thrown.</param>
internal sealed class PlanSteps(GatewayState state, Func<Snapshot> policy, SwitchBoard switches)
{
    /// <summary>Throws the steps whose time has come, until one fails.</summary>
    /// <returns>The run after it; the same one where nothing was due.</returns>
    public PlanRun Throw(PlanRun run, TimeSpan passed)
    {
        for (var i = 0; i < run.Steps.Count && run.Position == PlanPosition.Running; i++)
        {
            var step = run.Steps[i];
            if (step.Is == PlanStepIs.ToCome && step.After <= passed)
            {
                run = Throw(run, step, out var trouble) is { } done ? run.With(i, done) : run with { Position = PlanPosition.Failed, Trouble = $"{step.Switch}: {trouble}" };
            }
        }

        return run.Position == PlanPosition.Running && run.Done == run.Steps.Count ? run with { Position = PlanPosition.On } : run;
    }

    /// <summary>Turns off what the plan has thrown, from whichever gateway. What somebody else has changed since is theirs.</summary>
    /// <param name="run">As it is.</param>
    /// <param name="how">"reverted", "aborted" or "ended".</param>
    /// <param name="by">Who.</param>
    /// <param name="from">From which address.</param>
    /// <param name="reason">Why.</param>
    /// <param name="kept">Switches that stay on, since they are not the plan's any more.</param>
    /// <returns>Null, or what could not be done.</returns>
    public string? TakeBack(PlanRun run, string how, string by, string from, string reason, out IReadOnlyList<string> kept)
    {
        var left = new List<string>();
        kept = left;
        foreach (var step in Thrown(run))
        {
            try
            {
                if (!TurnOff(step, run.Plan, by, from, $"plan {run.Plan} {how}: {reason}") && state.Switch(step.Switch).IsOn)
                {
                    left.Add(step.Switch);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return $"{step.Switch} could not be turned off: {Unwritable(fault)}";
            }
        }

        return null;
    }

    /// <summary>Turns off what this gateway has thrown of a plan that the others have taken back meanwhile.</summary>
    /// <param name="old">As it ran here.</param>
    /// <param name="now">Where the plan stands now.</param>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public void Withdraw(PlanRun old, PlanStand now)
    {
        // In the words of who took it back: which of the two is heard first is chance.
        var why = now.Memory.Last is { } last ? $"{last.How}: {last.Reason}" : "reverted";
        foreach (var step in Thrown(old).Where(o => now.Run?.Steps.Any(s => s.Switch == o.Switch && s.Is == PlanStepIs.Thrown) != true))
        {
            TurnOff(step, old.Plan, now.Memory.Last?.By ?? old.By, "fleet", $"plan {old.Plan} {why}");
        }
    }

    private static IEnumerable<PlanRunStep> Thrown(PlanRun run) => run.Steps.Reverse().Where(static s => s.Is == PlanStepIs.Thrown);

    // Its own is what the plan has thrown, from whichever gateway; a version could be that of somebody's change elsewhere.
    private bool TurnOff(PlanRunStep step, string plan, string by, string from, string why) =>
        state.Switch(step.Switch).Register is { } register && PlanSignature.IsOwned(register.Value, plan)
        && switches.TryThrow(new(step.Switch, false, by, from, why, null, [SwitchTag.Of(register)]), out _);

    // Null: it failed.
    private PlanRunStep? Throw(PlanRun run, PlanRunStep step, out string? trouble)
    {
        trouble = null;
        if (!policy().Switches.TryGetValue(step.Switch, out var plan) || plan.Mode == Mode.Off)
        {
            trouble = plan is null ? "the policy has no such switch any more" : "its mode is \"off\"";
            return null;
        }

        // Thrown by us already: the process was killed between the switch and the note of it.
        if (plan.State.Now is { On: true } now)
        {
            return step with { Is = now.By == PlanSignature.Of(run) ? PlanStepIs.Thrown : PlanStepIs.WasOn };
        }

        try
        {
            switches.Throw(step.Switch, true, PlanSignature.Of(run), "local", run.Reason, null);
            return step with { Is = PlanStepIs.Thrown };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            trouble = Unwritable(fault);
            return null;
        }
    }

    private static string Unwritable(Exception fault) => $"the state folder cannot be written ({fault.Message})";
}
