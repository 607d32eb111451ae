using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Rates;

/// <summary>
/// The generic cell rate algorithm (ITU-T I.371, virtual scheduling), on one word a key: TAT, the tick at which its bucket is full again.
/// Debt = max(now, TAT) − now. Admit iff debt + τ·cost ≤ S, then TAT = now + debt + τ·cost. With S = burst·τ this lets exactly
/// <c>burst</c> requests of cost 1 through at once after rest; the other usual form, "debt ≤ S, then add", lets through burst + 1.
/// The owner of the word holds the lock. <see cref="long.MinValue"/>, or any TAT ≤ now, is a full bucket. A clock that steps back
/// reads as more debt, never as less. Sums stop at the ends of a long instead of wrapping.
/// </summary>
public readonly struct Gcra : IRateAlgorithm<GcraPlan, long>
{
    /// <inheritdoc/>
    public static long Rested(in GcraPlan plan, long now) => now;

    /// <inheritdoc/>
    public static long Debt(in GcraPlan plan, in long tat, long now) => DebtOf(tat, now);

    /// <summary>Takes <paramref name="cost"/> tokens if they are there; a refusal changes nothing. A cost below 0 counts as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RateAnswer Decide(in GcraPlan plan, ref long tat, long now, long cost)
    {
        long interval = Math.Max(1, plan.EmissionInterval);
        long debt = DebtOf(tat, now);
        long price = Price(interval, cost);
        long owed = Add(debt, price);
        if (owed > plan.BurstTolerance)
        {
            // A cost above the burst is told when the bucket is full: the best moment there will ever be.
            long excess = Add(debt, Math.Min(price, plan.BurstTolerance)) - plan.BurstTolerance;
            return new RateAnswer(false, Left(plan, interval, debt), debt, Math.Max(1, excess));
        }

        if (price > 0)
        {
            tat = Add(now, owed);
        }

        return new RateAnswer(true, Left(plan, interval, owed), owed, 0);
    }

    /// <summary>Gives <paramref name="cost"/> tokens back. A bucket never holds more than its burst: a TAT in the past counts as now.</summary>
    public static void Refund(in GcraPlan plan, ref long tat, long now, long cost)
    {
        long price = Price(Math.Max(1, plan.EmissionInterval), cost);
        tat = tat < long.MinValue + price ? long.MinValue : tat - price;
    }

    private static long DebtOf(long tat, long now)
    {
        long debt = tat <= now ? 0 : tat - now;
        return debt < 0 ? long.MaxValue : debt;
    }

    private static long Price(long interval, long cost) => cost switch
    {
        1 => interval,
        <= 0 => 0,
        _ => cost > long.MaxValue / interval ? long.MaxValue : cost * interval,
    };

    private static long Left(in GcraPlan plan, long interval, long debt) => Math.Max(0, plan.BurstTolerance - debt) / interval;

    // b ≥ 0, so only the upper end can be passed.
    private static long Add(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
