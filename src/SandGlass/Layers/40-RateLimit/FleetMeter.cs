using SandGlass.Algorithms.Rates;
using SandGlass.Fleet;

namespace SandGlass.Layers.RateLimit;

/// <summary>The meter of a limit that the fleet shares: decided here, out of what is leased, and told to Redis later by somebody else.</summary>
/// <param name="plan">What the whole fleet may do.</param>
/// <param name="fleet">How large it is.</param>
public sealed class FleetMeter(FleetLimitPlan plan, FleetState fleet) : RateMeter
{
    /// <inheritdoc/>
    public override RateAnswer Take(ulong key, double scale, long now, long cost) => plan.Limit.Take(plan.For(fleet.Members), key, scale, now, cost);

    /// <inheritdoc/>
    public override RateAnswer Peek(ulong key, double scale, long now, long cost) => plan.Limit.Peek(plan.For(fleet.Members), key, scale, now, cost);

    /// <inheritdoc/>
    public override void Refund(ulong key, double scale, long now, long cost) => plan.Limit.Refund(plan.For(fleet.Members), key, scale, now, cost);

    /// <inheritdoc/>
    public override FleetReading? Read(ulong key) =>
        new((plan.Limit.LeftOf(key) ?? 0) / (double)LeasePlan.Unit, fleet.Members, fleet.IsUp);
}

/// <summary>How a shared limit stands at one gateway.</summary>
/// <param name="Lease">Tokens in hand.</param>
/// <param name="Members">Gateways of the fleet.</param>
/// <param name="IsUp">Whether Redis answers.</param>
public readonly record struct FleetReading(double Lease, int Members, bool IsUp);
