using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Request;

namespace SandGlass.Layers.Switch;

/// <summary>
/// What ops have thrown, by hand or by plan: divert, refuse, admit a fraction, or change what the layers behind do. Costs one volatile
/// read for each switch that touches the route. Stands before the quotas, so that what is switched off charges nobody.
/// </summary>
/// <param name="key">Keys the hash by which a fraction of the clients is chosen.</param>
public sealed class SwitchLayer(SipKey key) : Layer<SwitchPlan>
{
    /// <inheritdoc/>
    public override Place Place => Place.Switch;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, SwitchPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!plan.State.IsOn)
        {
            return Verdict.Admit;
        }

        if (plan.Speaks)
        {
            passage.RateScale *= plan.RateScale;
            passage.TtlOverride = Math.Max(passage.TtlOverride, plan.Ttl);
        }

        return plan.DivertTo is not null || plan.Refuses ? Verdict.Refuse("switched-off", 0, 0)
            : passage.Criticality < plan.ShedBelow ? Verdict.Refuse("below-criticality", (double)passage.Criticality, 0)
            : plan.Admit < 1 && Share(passage, plan) >= plan.Admit ? Verdict.Refuse("not-in-fraction", plan.Admit, 0)
            : Verdict.Admit;
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, SwitchPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(Place.Switch, plan.Name, plan.Status, verdict.Reason, plan.RetryAfter, DivertTo: plan.DivertTo);
    }

    // Where this client stands in [0, 1): the same for the same client and switch, so that a shopper is not in and out by turns.
    private double Share(Passage passage, SwitchPlan plan)
    {
        var hasher = new KeyHasher(key);
        hasher.Add(plan.Name.AsSpan());
        var client = passage.Client.Key(passage.Snapshot.Trust.ClientPrefixV6);
        hasher.Add((ulong)(client >> 64));
        hasher.Add((ulong)client);
        return (hasher.Finish() >> 11) * (1.0 / (1UL << 53));
    }
}
