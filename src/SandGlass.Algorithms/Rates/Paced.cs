using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Rates;

/// <summary>Even spacing: one each interval, whoever comes early waits for its turn.</summary>
/// <param name="Interval">Ticks between two tokens, ≥ 1.</param>
/// <param name="MaxWait">The longest anyone waits, ticks; who would wait longer is refused.</param>
public readonly record struct PacedPlan(long Interval, long MaxWait) : IRatePlan<PacedPlan>
{
    /// <inheritdoc/>
    public PacedPlan Times(double scale) => this with { Interval = Math.Max(1, (long)(Interval / scale)) };
}

/// <summary>
/// A leaky bucket as a queue (paced queueing): the state is the tick at which the next turn is free. In ticks throughout, so rates above
/// 1,000/s are right although no timer is that fine: turns are handed out by schedule, and who wakes late does not push the others back.
/// </summary>
public readonly struct Paced : IRateAlgorithm<PacedPlan, long>
{
    /// <inheritdoc/>
    public static long Rested(in PacedPlan plan, long now) => now;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RateAnswer Decide(in PacedPlan plan, ref long next, long now, long cost)
    {
        long interval = Math.Max(1, plan.Interval);
        long wait = Math.Max(0, next - now);
        if (wait > plan.MaxWait)
        {
            return new RateAnswer(false, 0, wait, Math.Max(1, wait - plan.MaxWait));
        }

        next = now + wait + (interval * Math.Clamp(cost, 0, int.MaxValue));
        return new RateAnswer(true, Math.Max(0, plan.MaxWait - (next - now)) / interval, next - now, 0, wait);
    }

    /// <summary>Does nothing: others have lined up behind the turn by then, and it can't be moved to the end.</summary>
    public static void Refund(in PacedPlan plan, ref long next, long now, long cost)
    {
    }

    /// <inheritdoc/>
    public static long Debt(in PacedPlan plan, in long next, long now) => next - now;
}
