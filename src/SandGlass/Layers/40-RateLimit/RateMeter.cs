using SandGlass.Algorithms.Rates;

namespace SandGlass.Layers.RateLimit;

/// <summary>One limit's algorithm with its plan, over the state that outlives it. One virtual call, then code made for the algorithm.</summary>
public abstract class RateMeter
{
    /// <summary>Whether what was taken is held until the request ends.</summary>
    public bool IsHeld { get; init; }

    /// <summary>Takes, or refuses and takes nothing.</summary>
    /// <param name="key">The key's hash.</param>
    /// <param name="scale">What switches make of the rate; 1: nothing.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="cost">Tokens.</param>
    public abstract RateAnswer Take(ulong key, double scale, long now, long cost);

    /// <summary>What <see cref="Take"/> would answer.</summary>
    public abstract RateAnswer Peek(ulong key, double scale, long now, long cost);

    /// <summary>Gives back.</summary>
    public abstract void Refund(ulong key, double scale, long now, long cost);

    /// <summary>How a limit that the fleet shares stands here; null: this gateway counts alone.</summary>
    public virtual FleetReading? Read(ulong key) => null;
}

/// <summary>The meter of one algorithm.</summary>
/// <param name="plan">What is allowed.</param>
/// <param name="table">What keys have done.</param>
public sealed class RateMeter<TPlan, TState, TAlgorithm>(TPlan plan, RateTable<TPlan, TState, TAlgorithm> table) : RateMeter
    where TPlan : struct, IRatePlan<TPlan>
    where TState : unmanaged
    where TAlgorithm : IRateAlgorithm<TPlan, TState>
{
    private readonly TPlan _plan = plan;

    /// <summary>What is allowed.</summary>
    public TPlan Plan => _plan;

    /// <inheritdoc/>
    public override RateAnswer Take(ulong key, double scale, long now, long cost) =>
        scale == 1 ? table.Take(_plan, key, now, cost) : table.Take(_plan.Times(scale), key, now, cost);

    /// <inheritdoc/>
    public override RateAnswer Peek(ulong key, double scale, long now, long cost) => table.Peek(_plan.Times(scale), key, now, cost);

    /// <inheritdoc/>
    public override void Refund(ulong key, double scale, long now, long cost) => table.Refund(_plan.Times(scale), key, now, cost);
}
