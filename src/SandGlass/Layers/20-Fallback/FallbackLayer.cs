using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Fallback;

/// <summary>The fallback of one route; null where only switches send there.</summary>
public sealed class FallbackRule(Layer layer, string name, Mode mode, StripedCounter shadowed, FallbackPlan? plan)
    : Rule(layer, name, mode, shadowed)
{
    /// <summary>The route's own degraded answer.</summary>
    public FallbackPlan? Plan { get; } = plan;
}

/// <summary>
/// Gives a degraded answer in place of what Switch, Shed, Break and the backend itself do not give. Decides nothing on the way in, so it
/// costs nothing there. Stands around all that follows it, and behind Trust, whose refusals are nobody's emergency.
/// </summary>
public sealed class FallbackLayer : Layer<FallbackRule>
{
    /// <inheritdoc/>
    public override Place Place => Place.Fallback;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, FallbackRule plan, long now) => Verdict.Admit;

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, FallbackRule plan, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Plan is { } answer
            ? new(Verdict.Admit, string.Create(CultureInfo.InvariantCulture, $"stands ready: {answer.Name}, status {answer.Status}"), ("status", answer.Status))
            : new(Verdict.Admit, "stands ready for what switches send here");
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, FallbackRule plan, in Verdict verdict) =>
        new(Place.Fallback, "defect", StatusCodes.Status503ServiceUnavailable, verdict.Reason);

    /// <inheritdoc/>
    public override bool Rescue(Passage passage, Rule rule, in Rejection rejection, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (!rejection.Replaceable || (rejection.DivertTo ?? ((FallbackRule)rule).Plan) is not { } plan)
        {
            return false;
        }

        if (passage.LastGood is { } known && known.Age(now) <= plan.LastGood)
        {
            passage.Answer = known;
            passage.AnswerOutcome = RequestOutcome.Fallback;
        }
        else
        {
            passage.Answer = null;
            passage.Degraded = plan;
        }

        return true;
    }
}
