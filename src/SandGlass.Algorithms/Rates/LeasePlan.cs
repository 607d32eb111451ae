namespace SandGlass.Algorithms.Rates;

/// <summary>What a fleet may do together, as one of its gateways sees it. Immutable but for the fleet's size, which comes in anew with each call.</summary>
/// <param name="EmissionInterval">τ of the whole fleet: ticks per token, ≥ 1.</param>
/// <param name="BurstTolerance">S of the whole fleet: the most debt it may have, in ticks.</param>
/// <param name="Members">Gateways of the fleet, this one included, ≥ 1.</param>
/// <param name="Horizon">For how many ticks a lease shall last: a little longer than from one call to the next.</param>
public readonly record struct LeasePlan(long EmissionInterval, long BurstTolerance, int Members, long Horizon)
{
    /// <summary>Parts of a token: what is leased need not be whole.</summary>
    public const long Unit = 1000;

    /// <summary>The largest lease, in parts: what the whole fleet may do within the horizon, at least one token.</summary>
    public long MostLease => (long)Math.Max(Unit, (double)Horizon / EmissionInterval * Unit);

    /// <summary>
    /// How far above S the centre leases, in ticks: what comes in until the next call is lent before it is there. A burst smaller than that would else
    /// overflow between two calls, and a fleet with all its load on one gateway would never have its rate.
    /// </summary>
    public long Ahead => Horizon * 2 / 3;

    /// <summary>A cost in parts; a switch that halves the rate makes all twice as dear.</summary>
    public static long Price(long cost, double scale) =>
        cost <= 0 ? 0 : scale == 1 ? cost * Unit : (long)Math.Min(1L << 50, cost * Unit / Math.Max(1e-6, scale));

    /// <summary>The same as ticks of a gateway that has its share of the rate and no more.</summary>
    public long ShareTicks(long parts) => (long)Math.Min(GcraPlan.MaxTolerance, (double)parts * EmissionInterval * Math.Max(1, Members) / Unit);
}
