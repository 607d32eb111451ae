using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;
using SandGlass.Request;

namespace SandGlass.Layers.RateLimit;

/// <summary>
/// Quotas: a token bucket a rule and key. Protects everybody from anybody, and costs one keyed hash and one locked slot a rule.
/// Stands before the cache, since a quota is about the client and not about what the answer costs us.
/// Several limits on one route: each is asked in turn, and what the earlier ones took is given back if a later one refuses.
/// </summary>
/// <param name="key">Keys the hash, so that nobody can choose whose bucket to share.</param>
public sealed class RateLimitLayer(SipKey key) : Layer<RateLimitPlan>
{
    /// <inheritdoc/>
    public override Place Place => Place.RateLimit;

    /// <summary>The decision: a plain function of plan, state, key and time.</summary>
    public static RateAnswer Ask(RateLimitPlan plan, RateLimitState state, ulong client, double scale, long now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(state);
        var answer = state.Table.Take(Scaled(plan.Bucket, scale), client, now, plan.Cost);
        (answer.Admitted ? state.Admitted : state.Refused).Add();
        return answer;
    }

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, RateLimitPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!TryKey(passage, plan, out var client))
        {
            return Verdict.Admit;
        }

        var answer = Ask(plan, plan.State, client, passage.RateScale, now);
        passage.Charged |= answer.Admitted ? 1UL << (passage.Entered & 63) : 0;
        if (plan.ActsOn(passage))
        {
            var quota = new Quota(plan, answer.Remaining, answer.ResetTicks, answer.RetryAfterTicks);
            if (quota.IsTighterThan(passage.Quota))
            {
                passage.Quota = quota;
            }
        }

        return answer.Admitted ? Verdict.Admit : Verdict.Refuse("quota-exceeded", answer.Remaining, answer.RetryAfterTicks);
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, RateLimitPlan plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var bucket = Scaled(plan.Bucket, passage.RateScale);
        var perSecond = (double)plan.TicksPerSecond / bucket.EmissionInterval;
        if (!TryKey(passage, plan, out var client))
        {
            return new(Verdict.Admit, "a part of its key is missing, so the request is not counted", ("burst", plan.Burst), ("ratePerSecond", perSecond));
        }

        var answer = plan.State.Table.Peek(bucket, client, now, plan.Cost);
        var wait = (double)answer.RetryAfterTicks / plan.TicksPerSecond;
        // What was left before this request, which is what the client has.
        var left = answer.Remaining + (answer.Admitted ? plan.Cost : 0);
        var text = string.Create(CultureInfo.InvariantCulture, $"{left} of {plan.Burst} left at {perSecond:0.###}/s by {plan.Key}, costs {plan.Cost}");
        return new(
            answer.Admitted ? Verdict.Admit : Verdict.Refuse("quota-exceeded", answer.Remaining, answer.RetryAfterTicks),
            answer.Admitted ? text : string.Create(CultureInfo.InvariantCulture, $"{text}: come back in {wait:0.###} s"),
            ("left", left), ("burst", plan.Burst), ("ratePerSecond", perSecond), ("cost", plan.Cost), ("retryAfterSeconds", wait));
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, RateLimitPlan plan, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var seconds = Seconds.UpTo(int.MaxValue / 2, verdict.RetryAfter, plan.TicksPerSecond);
        return new(
            Place.RateLimit, plan.Name, StatusCodes.Status429TooManyRequests, verdict.Reason, seconds, Replaceable: false);
    }

    /// <inheritdoc/>
    protected override void Release(Passage passage, RateLimitPlan plan, in Ending ending, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (ending is { Layer: Place.RateLimit, Outcome: RequestOutcome.Refused }
            && (passage.Charged & (1UL << (passage.Entered & 63))) != 0
            && TryKey(passage, plan, out var client))
        {
            plan.State.Table.Refund(Scaled(plan.Bucket, passage.RateScale), client, plan.Cost);
        }
    }

    // A switch scales the rate and leaves the burst: τ grows, and the tolerance with it.
    private static GcraPlan Scaled(in GcraPlan bucket, double scale) =>
        scale == 1 ? bucket : new((long)(bucket.EmissionInterval / scale), (long)(bucket.BurstTolerance / scale));

    private bool TryKey(Passage passage, RateLimitPlan plan, out ulong client)
    {
        var hasher = new KeyHasher(key);
        var complete = plan.Key.AddTo(ref hasher, passage);
        client = hasher.Finish();
        return complete || !plan.SkipsAbsent;
    }
}
