namespace SandGlass.Algorithms.Rates;

/// <summary>A rate as GCRA sees it. Immutable; a reload swaps it while every key's debt stays as it is.</summary>
/// <param name="EmissionInterval">τ: ticks per token, ≥ 1.</param>
/// <param name="BurstTolerance">S = burst·τ: the most debt a key may have, in ticks.</param>
public readonly record struct GcraPlan(long EmissionInterval, long BurstTolerance) : IRatePlan<GcraPlan>
{
    /// <summary>S stays below this, so that now + S cannot overflow for any clock that starts near 0 (at 1 GHz: 73 years).</summary>
    internal const long MaxTolerance = 1L << 61;

    /// <summary>
    /// τ = 1/rate, to the nearest tick: off by at most 1/(2τ), which at a 1 GHz clock is 0.05 % for a million per second;
    /// a rate above the clock's own counts as one token a tick. A burst below one counts as one: nothing would ever pass.
    /// </summary>
    /// <param name="perSecond">Tokens per second, above 0; 1/86400.0 is one a day.</param>
    /// <param name="burst">Tokens that may be taken at once after rest.</param>
    /// <param name="ticksPerSecond">The clock's frequency.</param>
    public static GcraPlan FromRate(double perSecond, double burst, long ticksPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ticksPerSecond);
        if (!(perSecond > 0) || double.IsNaN(burst))
        {
            throw new ArgumentOutOfRangeException(nameof(perSecond), "A rate is above zero and a burst is a number.");
        }

        double interval = Math.Clamp(Math.Round(ticksPerSecond / perSecond), 1, MaxTolerance);
        double tolerance = Math.Clamp(Math.Round(Math.Max(1, burst) * interval), interval, MaxTolerance);
        return new GcraPlan((long)interval, (long)tolerance);
    }

    /// <summary>The rate is scaled and the burst stays: τ changes, and S = burst·τ with it.</summary>
    public GcraPlan Times(double scale) => scale == 1
        ? this
        : new(Math.Clamp((long)(EmissionInterval / scale), 1, MaxTolerance), Math.Clamp((long)(BurstTolerance / scale), 1, MaxTolerance));
}
