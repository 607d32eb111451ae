using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Request;

namespace SandGlass.Layers.Switch;

/// <summary>
/// What ops have thrown, by hand or by plan: divert, refuse, admit a fraction, or change what the layers behind do. Costs one volatile
/// read for each switch that touches the route. Stands before the quotas, so that what is switched off charges nobody.
/// </summary>
public sealed class SwitchLayer : Layer<SwitchPlan>
{
    /// <inheritdoc/>
    public override Place Place => Place.Switch;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, SwitchPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.State.IsIdle)
        {
            return Verdict.Admit;
        }

        if (!plan.State.IsOn)
        {
            if (!passage.IsRehearsal && (plan.Changes || !Judge(passage, plan).Admitted))
            {
                plan.Shadowed.Add();
            }

            return Verdict.Admit;
        }

        if (plan.ActsOn(passage))
        {
            Change(passage, plan, now);
        }

        return Judge(passage, plan);
    }

    private static Verdict Judge(Passage passage, SwitchPlan plan) =>
        plan.DivertTo is not null || plan.Refuses ? Verdict.Refuse("switched-off", 0, 0)
            : passage.Criticality < plan.ShedBelow ? Verdict.Refuse("below-criticality", (double)passage.Criticality, 0)
            : plan.Admit < 1 && ClientPosition.Of("fraction", plan.Name, passage) >= plan.Admit ? Verdict.Refuse("not-in-fraction", plan.Admit, 0)
            : Verdict.Admit;

    // What it does to the layers behind it.
    private static void Change(Passage passage, SwitchPlan plan, long now)
    {
        passage.RateScale *= plan.RateScale;
        passage.TtlOverride = Math.Max(passage.TtlOverride, plan.Ttl);
        passage.Timeout = plan.Timeout ?? passage.Timeout;
        if (plan.Backend is { } other && passage.Backend is not null)
        {
            passage.Choose(other.InCharge(passage, now));
        }
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, SwitchPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var verdict = Decide(passage, plan, now);
        var position = ClientPosition.Of("fraction", plan.Name, passage);
        var text = !plan.State.IsOn ? "off"
            : plan.RateScale != 1 ? string.Create(CultureInfo.InvariantCulture, $"on: rate limits times {plan.RateScale}")
            : plan.Ttl > 0 ? "on: kept answers live longer"
            : plan.Backend is { } other ? $"on: asks backend {other.Name} instead"
            : plan.Timeout is { } timeout ? string.Create(CultureInfo.InvariantCulture, $"on: waits {timeout.TotalSeconds:0.###} s for an answer")
            : plan.Admit < 1 ? string.Create(CultureInfo.InvariantCulture, $"on: admits {plan.Admit:0.##%} of the clients; this one stands at {position:0.##%}")
            : verdict.Admitted ? "on: lets this request pass"
            : $"on: {verdict.Reason}";
        return new(verdict, text, ("on", plan.State.IsOn ? 1 : 0), ("admit", plan.Admit), ("position", position));
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, SwitchPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(Place.Switch, plan.Name, plan.Status, verdict.Reason, plan.RetryAfter, DivertTo: plan.DivertTo);
    }
}
