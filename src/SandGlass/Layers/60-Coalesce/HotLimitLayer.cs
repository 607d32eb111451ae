using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// The limit of a hot key's own: so that what can't be answered for many (a cart, a personal page) does not take the backend from all other keys.
/// Beside the way, right behind the micro-cache: what that answers is not charged. Cold keys pay a look at one flag.
/// </summary>
public sealed class HotLimitLayer : Layer<HotLimitRule>
{
    private const string Reason = "hot-key";

    /// <inheritdoc/>
    public override Place Place => Place.Coalesce;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, HotLimitRule plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!passage.IsHot || passage.IsRefresh)
        {
            return Verdict.Admit;
        }

        var answer = plan.State.Buckets.Take(plan.Bucket, passage.HotKey, now);
        return answer.Admitted ? Verdict.Admit : Verdict.Refuse(Reason, answer.Remaining, answer.RetryAfterTicks);
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, HotLimitRule plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!passage.IsHot)
        {
            return new(Verdict.Admit, "for hot keys only, and this one is not hot");
        }

        var answer = plan.State.Buckets.Peek(plan.Bucket, passage.HotKey, now);
        return new(
            answer.Admitted ? Verdict.Admit : Verdict.Refuse(Reason, answer.Remaining, answer.RetryAfterTicks),
            string.Create(CultureInfo.InvariantCulture, $"a hot key, with {answer.Remaining} requests left"),
            ("remaining", answer.Remaining));
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, HotLimitRule plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.FallbackShadowed?.Add();
        return new(
            Place.Coalesce, plan.Name, StatusCodes.Status503ServiceUnavailable, verdict.Reason, Math.Max(1, Seconds.UpTo(600, verdict.RetryAfter, plan.TicksPerSecond)),
            DivertTo: plan.Fallback);
    }
}
