using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Breaking;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Break;

/// <summary>
/// Stops asking a backend that answers this route with failures only, and finds out carefully when it is back. Counts transport errors,
/// 5xx and time-outs; a client that leaves, and our own refusals, are nobody's failure. Costs one volatile read while closed, and a
/// locked count at the end. Stands last, next to the backend it watches.
/// </summary>
public sealed class BreakLayer : Layer<BreakPlan>
{
    /// <inheritdoc/>
    public override Place Place => Place.Break;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, BreakPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var verdict = plan.State.Ask(plan.Breaker, now, passage.Roll(), out passage.BreakerPermit);
        passage.HoldsBreaker = verdict.Admitted;
        return verdict;
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, BreakPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var position = plan.State.Position(now);
        var open = position == BreakerPosition.Open ? (double)(plan.State.OpenUntil - now) / plan.TicksPerSecond : 0;
        var text = position switch
        {
            _ when plan.State.Forced(now) is { } forced => string.Create(
                CultureInfo.InvariantCulture, $"forced {(position == BreakerPosition.Open ? "open" : "closed")} for {(double)(forced.Until - now) / plan.TicksPerSecond:0.###} s more"),
            BreakerPosition.Open => string.Create(CultureInfo.InvariantCulture, $"open for {open:0.###} s more"),
            BreakerPosition.HalfOpen => "half-open: a few requests try the backend",
            _ => "closed",
        };
        return new(plan.State.Peek(plan.Breaker, now), text, ("position", (int)position), ("openForSeconds", open));
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, BreakPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var seconds = Seconds.UpTo(600, verdict.RetryAfter, plan.TicksPerSecond);
        return new(Place.Break, plan.Name, StatusCodes.Status503ServiceUnavailable, verdict.Reason, seconds) { Class = passage.Criticality.Word() };
    }

    /// <inheritdoc/>
    protected override void Release(Passage passage, BreakPlan plan, in Ending ending, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (passage.HoldsBreaker)
        {
            passage.HoldsBreaker = false;
            var since = passage.ForwardedAt == 0 ? now : passage.ForwardedAt;
            plan.State.Report(plan.Breaker, passage.BreakerPermit, ending.Permit, now - since, now, passage.Roll());
        }
    }
}
