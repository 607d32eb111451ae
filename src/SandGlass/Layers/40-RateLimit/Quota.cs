namespace SandGlass.Layers.RateLimit;

/// <summary>What the <c>RateLimit</c> headers say: the tightest of a route's limits for this request.</summary>
/// <param name="Plan">The limit; null: none was asked.</param>
/// <param name="Remaining">Whole requests left.</param>
/// <param name="ResetTicks">Ticks until the bucket is full again.</param>
/// <param name="RetryAfterTicks">Ticks until the next request is admitted; 0 when this one was.</param>
public readonly record struct Quota(RateLimitPlan? Plan, long Remaining, long ResetTicks, long RetryAfterTicks)
{
    /// <summary>The <c>t</c> of <c>RateLimit</c>: seconds until the next request is admitted, or until all is back.</summary>
    public long Seconds => Plan is null ? 0 : Request.Seconds.Up(RetryAfterTicks > 0 ? RetryAfterTicks : ResetTicks, Plan.TicksPerSecond);

    /// <summary>
    /// A <c>Retry-After</c> that another layer has computed, put off to when this limit admits the next: whoever comes back before would be refused
    /// here. Where nothing is left of a bucket that is a token's time, not the whole bucket's.
    /// </summary>
    public int NotBefore(int seconds)
    {
        if (Plan is null || Remaining > 0)
        {
            return seconds;
        }

        var next = RetryAfterTicks > 0 ? RetryAfterTicks : ResetTicks / Math.Max(1, Plan.Burst);
        return (int)Math.Clamp(Request.Seconds.Up(next, Plan.TicksPerSecond), seconds, int.MaxValue / 2);
    }

    /// <summary>Whether this one says less is left than the other.</summary>
    public bool IsTighterThan(in Quota other) =>
        other.Plan is null
        || RetryAfterTicks > other.RetryAfterTicks
        || (RetryAfterTicks == other.RetryAfterTicks && Remaining * other.Plan.Burst < other.Remaining * Plan!.Burst);
}
