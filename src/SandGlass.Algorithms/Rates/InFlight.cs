using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Rates;

/// <summary>How many of a key may be under way at once. Refund is what ends one.</summary>
/// <param name="Limit">Tokens out at once, ≥ 1.</param>
public readonly record struct InFlightPlan(long Limit) : IRatePlan<InFlightPlan>
{
    /// <inheritdoc/>
    public InFlightPlan Times(double scale) => new(Math.Max(1, (long)Math.Round(Limit * scale)));
}

/// <summary>
/// At most so many of a key under way at once. A key that a full table forgot while some of its requests were under way counts from zero
/// again: it may have that many more, never fewer.
/// </summary>
public readonly struct InFlight : IRateAlgorithm<InFlightPlan, long>
{
    /// <inheritdoc/>
    public static long Rested(in InFlightPlan plan, long now) => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RateAnswer Decide(in InFlightPlan plan, ref long state, long now, long cost)
    {
        cost = Math.Max(0, cost);
        if (state + cost > plan.Limit)
        {
            // Nobody knows when one of them ends.
            return new RateAnswer(false, Math.Max(0, plan.Limit - state), 0, 1);
        }

        state += cost;
        return new RateAnswer(true, plan.Limit - state, 0, 0);
    }

    /// <inheritdoc/>
    public static void Refund(in InFlightPlan plan, ref long state, long now, long cost) => state -= Math.Clamp(cost, 0, state);

    /// <inheritdoc/>
    public static long Debt(in InFlightPlan plan, in long state, long now) => state;
}
