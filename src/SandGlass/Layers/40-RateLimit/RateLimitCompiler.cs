using SandGlass.Algorithms.Rates;
using SandGlass.Fleet;
using SandGlass.Policy;

namespace SandGlass.Layers.RateLimit;

/// <summary>Makes a limit's numbers and its meter out of what the operator wrote.</summary>
internal static class RateLimitCompiler
{
    /// <summary>The <c>q</c> of <c>RateLimit-Policy</c>: what a rested key may take at once, or in one window.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="scale">What switches make of its rate; a bucket's burst stays, while a window holds as much less.</param>
    public static int Most(RateLimitPolicy limit, double scale = 1) => limit.Algorithm switch
    {
        RateAlgorithm.SlidingWindow or RateAlgorithm.FixedWindow => Whole(Math.Round(Math.Floor(limit.Rate!.Value.Count) * scale)),
        RateAlgorithm.Paced => 1,
        RateAlgorithm.Concurrency => Whole(Math.Round((limit.Burst ?? 1) * scale)),
        _ => limit.Burst ?? Whole(Math.Ceiling(limit.Rate?.PerSecond ?? 1)),
    };

    /// <summary>The <c>w</c>: seconds in which that much comes back.</summary>
    public static int WindowSeconds(RateLimitPolicy limit, double scale = 1) => limit.Algorithm switch
    {
        RateAlgorithm.SlidingWindow or RateAlgorithm.FixedWindow => (int)limit.Rate!.Value.Per.TotalSeconds,
        RateAlgorithm.Concurrency => 1,
        _ => Whole(Math.Ceiling(Most(limit) / (limit.Rate!.Value.PerSecond * scale))),
    };

    /// <summary>The meter over a state of the same algorithm.</summary>
    public static RateMeter Meter(RateLimitPolicy limit, RateLimitState state, long ticksPerSecond)
    {
        var rate = limit.Rate ?? new(1, TimeSpan.FromSeconds(1));
        var burst = Most(limit);
        var bucket = GcraPlan.FromRate(rate.PerSecond, burst, ticksPerSecond);
        return limit.Algorithm switch
        {
            RateAlgorithm.SlidingWindow => Over<WindowPlan, WindowState, SlidingWindow>(WindowPlan.From(rate.Count, rate.Per, ticksPerSecond), state),
            RateAlgorithm.FixedWindow => Over<WindowPlan, WindowState, FixedWindow>(WindowPlan.From(rate.Count, rate.Per, ticksPerSecond), state),
            RateAlgorithm.Concurrency => Over<InFlightPlan, long, InFlight>(new(burst), state, isHeld: true),
            RateAlgorithm.WarmUp => Over<WarmUpPlan, WarmUpState, WarmUp>(new(bucket.EmissionInterval, Ticks(limit.WarmUp), bucket.BurstTolerance), state),
            RateAlgorithm.Paced => Over<PacedPlan, long, Paced>(new(bucket.EmissionInterval, Ticks(limit.MaxWait)), state),
            _ => Over<GcraPlan, long, Gcra>(bucket, state),
        };

        long Ticks(Duration duration) => (long)(duration.Value.TotalSeconds * ticksPerSecond);
    }

    /// <summary>What the fleet counts together of it; null: each gateway counts alone.</summary>
    public static FleetLimitPlan? Shared(string name, RateLimitPolicy limit, FleetState fleet, long ticksPerSecond)
    {
        if (limit is not { Scope: RateScope.Fleet, Algorithm: RateAlgorithm.TokenBucket, Rate: { } rate })
        {
            return null;
        }

        var isFew = limit.Key.All(static key => key is "route" or "chain");
        return new(
            name,
            fleet.Limit(name, isFew, limit.MaxKeys, string.Join(' ', limit.Key)),
            GcraPlan.FromRate(rate.PerSecond, Most(limit), ticksPerSecond),
            ticksPerSecond);
    }

    private static int Whole(double number) => (int)Math.Clamp(number, 1, int.MaxValue);

    /// <summary>An empty table for an algorithm.</summary>
    public static IRateTable Table(RateAlgorithm algorithm, int maxKeys) => algorithm switch
    {
        RateAlgorithm.SlidingWindow => new RateTable<WindowPlan, WindowState, SlidingWindow>(maxKeys),
        RateAlgorithm.FixedWindow => new RateTable<WindowPlan, WindowState, FixedWindow>(maxKeys),
        RateAlgorithm.Concurrency => new RateTable<InFlightPlan, long, InFlight>(maxKeys),
        RateAlgorithm.WarmUp => new RateTable<WarmUpPlan, WarmUpState, WarmUp>(maxKeys),
        RateAlgorithm.Paced => new RateTable<PacedPlan, long, Paced>(maxKeys),
        _ => new RateTable<GcraPlan, long, Gcra>(maxKeys),
    };

    private static RateMeter<TPlan, TState, TAlgorithm> Over<TPlan, TState, TAlgorithm>(TPlan plan, RateLimitState state, bool isHeld = false)
        where TPlan : struct, IRatePlan<TPlan>
        where TState : unmanaged
        where TAlgorithm : IRateAlgorithm<TPlan, TState> =>
        new(plan, (RateTable<TPlan, TState, TAlgorithm>)state.Table) { IsHeld = isHeld };
}
