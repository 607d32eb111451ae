using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Guarding;
using SandGlass.Guarding;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>
/// The gateway's own trouble: when the machine is short of CPU, memory, threads or connections, the least critical are turned away before
/// anything is spent on them. Beside the way, not on it: first of a route's rules, so that no fallback stands around it. Costs one volatile
/// read and a compare while all is well.
/// </summary>
public sealed class GuardLayer : Layer<GuardPlan>
{
    /// <summary>The one rule's name.</summary>
    public const string Rule = "gateway";

    /// <inheritdoc/>
    public override Place Place => Place.Shed;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, GuardPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var cut = plan.State.Cut;
        return cut == 0 || CutOff.Admits(cut, (int)passage.Criticality, Position(passage, plan))
            ? Verdict.Admit
            : Verdict.Refuse(Reasons.Overload, plan.State.Status.Load, 0);
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, GuardPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var (status, position) = (plan.State.Status, Position(passage, plan));
        return new(
            Decide(passage, plan, now),
            string.Create(CultureInfo.InvariantCulture, $"the gateway's own load is {status.Load:0.##%} ({status.Worst}); {plan.State.Cut} of {CutOff.Most} groups are turned away"),
            ("load", status.Load), ("cut", plan.State.Cut), ("position", position));
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, GuardPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        // Relief lasts a second before it is believed; spread, so that those who wait do not come back as one.
        return new(Place.Shed, plan.Name, StatusCodes.Status503ServiceUnavailable, verdict.Reason, 2 + (int)(passage.Roll() * 4), Replaceable: false) { Class = passage.Criticality.Word() };
    }

    private static double Position(Passage passage, GuardPlan plan) => ClientPosition.OfTheHour(plan.State.Hour, passage);
}

/// <summary>The gateway's own load as one route meets it.</summary>
public sealed class GuardPlan(Layer layer, Mode mode, StripedCounter shadowed) : Rule(layer, GuardLayer.Rule, mode, shadowed)
{
    /// <summary>The load; lives as long as the process.</summary>
    public required GuardState State { get; init; }
}
