using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Rates;

/// <summary>A rate that begins at a fraction of itself and rises while it is used.</summary>
/// <param name="Interval">Ticks between two tokens when warm, ≥ 1.</param>
/// <param name="Period">Ticks from cold to warm under full use.</param>
/// <param name="Tolerance">How far ahead of its schedule a key may be, ticks: what absorbs uneven arrivals.</param>
public readonly record struct WarmUpPlan(long Interval, long Period, long Tolerance) : IRatePlan<WarmUpPlan>
{
    /// <summary>A cold key has 1/3 of the rate.</summary>
    public const double ColdFactor = 3;

    /// <summary>Stored tokens above which the interval grows: T·c/(f − 1), with c tokens a tick.</summary>
    public double Warning => (double)Period / Interval / (ColdFactor - 1);

    /// <summary>Stored tokens of a cold key: warning + 2·T·c/(1 + f).</summary>
    public double Most => Warning + (2.0 * Period / Interval / (1 + ColdFactor));

    /// <summary>How much the interval grows with each stored token above the warning: (f − 1)/c/(most − warning).</summary>
    public double Slope => (ColdFactor - 1) * Interval / (Most - Warning);

    /// <inheritdoc/>
    public WarmUpPlan Times(double scale) =>
        this with { Interval = Math.Max(1, (long)(Interval / scale)), Tolerance = (long)(Tolerance / scale) };
}

/// <summary>When the next token is due, and how cold the key is.</summary>
/// <param name="Due">Tick.</param>
/// <param name="Stored">Tokens saved up while idle: many means cold.</param>
public record struct WarmUpState(long Due, double Stored);

/// <summary>
/// Warm-up with cold factor 3, the formula of Guava's SmoothWarmingUp that Sentinel publishes: stored tokens cost more the more there are
/// of them (stable interval·f at <see cref="WarmUpPlan.Most"/>, falling in a line to the stable interval at
/// <see cref="WarmUpPlan.Warning"/>), and idling stores one each Period/Most. So a cold route starts at a third of its rate, and is
/// warm after Period of full use. The price of a request is the area under that line.
/// </summary>
public readonly struct WarmUp : IRateAlgorithm<WarmUpPlan, WarmUpState>
{
    /// <inheritdoc/>
    public static WarmUpState Rested(in WarmUpPlan plan, long now) => new(now, plan.Most);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RateAnswer Decide(in WarmUpPlan plan, ref WarmUpState state, long now, long cost)
    {
        cost = Math.Max(0, cost);
        WarmUpState seen = Idle(plan, state, now);
        long ahead = Math.Max(0, seen.Due - now);
        double stored = Math.Min(cost, seen.Stored);
        long price = (long)Math.Min(long.MaxValue / 4, Price(plan, seen.Stored, stored) + ((cost - stored) * plan.Interval));
        // One request always finds a rested key; beyond that, no further ahead than the tolerance.
        long room = Math.Max(plan.Tolerance, price);
        if (ahead + price > room)
        {
            return new RateAnswer(false, 0, ahead, Math.Max(1, ahead + price - room));
        }

        state = new(now + ahead + price, seen.Stored - stored);
        return new RateAnswer(true, Math.Max(0, plan.Tolerance - ahead - price) / Math.Max(1, price), ahead + price, 0);
    }

    /// <summary>
    /// Undoes what it took: the tokens are stored again, and their price is what these cost. Where none are left, all it took was cheap: the last
    /// ones stored, below the warning, cost as much as fresh ones.
    /// </summary>
    public static void Refund(in WarmUpPlan plan, ref WarmUpState state, long now, long cost)
    {
        cost = Math.Max(0, cost);
        double taken = state.Stored > 0 ? Math.Min(cost, plan.Most - state.Stored) : 0;
        long price = (long)Math.Min(long.MaxValue / 4, Price(plan, state.Stored + taken, taken) + ((cost - taken) * plan.Interval));
        state = new(Math.Max(Math.Min(state.Due, now), state.Due - price), state.Stored + taken);
    }

    /// <inheritdoc/>
    public static long Debt(in WarmUpPlan plan, in WarmUpState state, long now) =>
        state.Due - now + (long)((plan.Most - state.Stored) * (plan.Period / plan.Most));

    // Tokens stored since the key was last due.
    private static WarmUpState Idle(in WarmUpPlan plan, in WarmUpState state, long now) => now <= state.Due
        ? state
        : new(now, Math.Min(plan.Most, state.Stored + ((now - state.Due) / (plan.Period / plan.Most))));

    // The area under the line from the stored tokens down to those that are left.
    private static double Price(in WarmUpPlan plan, double stored, double taken)
    {
        double above = Math.Max(0, stored - plan.Warning);
        double steep = Math.Min(above, taken);
        double left = above - steep;
        double sloped = steep * (plan.Interval + (plan.Slope * (above + left) / 2));
        return sloped + ((taken - steep) * plan.Interval);
    }
}
