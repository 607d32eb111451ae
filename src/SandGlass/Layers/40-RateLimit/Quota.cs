namespace SandGlass.Layers.RateLimit;

/// <summary>What the <c>RateLimit</c> headers say: the tightest of a route's limits for this request.</summary>
/// <param name="Plan">The limit; null: none was asked.</param>
/// <param name="Remaining">Whole requests left.</param>
/// <param name="ResetTicks">Ticks until the bucket is full again.</param>
/// <param name="RetryAfterTicks">Ticks until the next request is admitted; 0 when this one was.</param>
public readonly record struct Quota(RateLimitPlan? Plan, long Remaining, long ResetTicks, long RetryAfterTicks)
{
    /// <summary>Whether this one says less is left than the other.</summary>
    public bool IsTighterThan(in Quota other) =>
        other.Plan is null
        || RetryAfterTicks > other.RetryAfterTicks
        || (RetryAfterTicks == other.RetryAfterTicks && Remaining * other.Plan.Burst < other.Remaining * Plan!.Burst);
}
