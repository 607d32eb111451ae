namespace SandGlass.LimitedShop;

/// <summary>
/// How long the work of a request takes, as a multiple of the mean: lognormal, in rounds of 512 strata that are each drawn once a round in
/// an order of chance. So a few seconds bear what the mean says, where plain draws would leave capacity itself 2 % to chance, more than
/// what is measured here.
/// </summary>
internal sealed class ServiceTimes
{
    private const int Strata = 512;
    private const int Draws = 64;

    private readonly Random _dice;
    private readonly double[] _factors;
    private int _next = Strata;

    /// <summary>A seeded source.</summary>
    /// <param name="sigma">Of the logarithm; 0 is always the mean, .6 gives a p99 of 3.4 times the mean.</param>
    /// <param name="seed">Of the order and of the strata.</param>
    public ServiceTimes(double sigma, int seed)
    {
        _dice = new(seed);
        double[] drawn = [.. Enumerable.Range(0, Strata * Draws).Select(_ => Math.Exp(sigma * Normal())).Order()];
        var mean = drawn.Average();
        _factors = [.. drawn.Chunk(Draws).Select(stratum => stratum.Average() / mean)];
    }

    /// <summary>The next one's. Not for many threads at once.</summary>
    public double Next()
    {
        if (_next == Strata)
        {
            _dice.Shuffle(_factors);
            _next = 0;
        }

        return _factors[_next++];
    }

    // Box and Muller.
    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _dice.NextDouble())) * Math.Cos(2 * Math.PI * _dice.NextDouble());
}
