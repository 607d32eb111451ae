namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// The course of a limit whose gateway sees too little of a backend by itself. Of a hundred requests a second, sixteen gateways see six each: R of those is noise, and what one
/// of them learns in twenty seconds all of them together know in one. So those few steer by R of all, once with each advice, and each of them from the mean of all limits,
/// which keeps them together. What they see is a second old, therefore after a step they wait until what followed from it has been told. The limit's lock guards it.
/// </summary>
internal struct FleetCourse
{
    /// <summary>Round trips of its own window from which on a gateway steers by itself.</summary>
    public const int Few = 16;

    /// <summary>Round trips of all that are worth a step.</summary>
    private const int Worth = 32;

    /// <summary>R up to which the limit has all of its slack, as a base may be that much too low; and from which on only its part of the fleet's.</summary>
    private const double Mild = 1.2, Plain = 1.5;

    private const double Steepest = 0.25, LongestWait = 5;

    private double _limit;
    private bool _follows;
    private long _freshAt;

    /// <summary>Whether what all see is enough, and this gateway is not the only one at its limit.</summary>
    public static bool IsWorth(in LimitAdvice advice) => advice.Reached > 1 && advice.Heard >= Worth;

    /// <summary>Whether what was told is of after the last step.</summary>
    public readonly bool IsFresh(long now) => now >= _freshAt;

    /// <summary>The gateway steers by itself (again).</summary>
    public void Leave() => (_follows, _limit) = (false, 0);

    /// <summary>The gateway follows from now on; true if it did not before.</summary>
    public bool Join()
    {
        bool joins = !_follows;
        _follows = true;
        return joins;
    }

    /// <summary>A window has ended by which the gateway judges itself: what the fleet's last step led one to expect is no expectation any more.</summary>
    public void Pause() => _limit = 0;

    /// <summary>R of all: as far as they are few, what the last one leads one to expect has a say in it, as in a gateway's own windows.</summary>
    /// <param name="advice">What they told.</param>
    /// <param name="last">R as it was believed.</param>
    /// <param name="limit">The limit now.</param>
    /// <param name="calm">R that is no queue.</param>
    /// <param name="plenty">Round trips that need no expectation.</param>
    public double Ratio(in LimitAdvice advice, double last, double limit, double calm, double plenty)
    {
        double expected = _limit <= 0 ? advice.Measured : last <= calm ? last : Math.Max(1, last * limit / _limit);
        _limit = limit;
        return expected + (Math.Min(1, advice.Heard / plenty) * (advice.Measured - expected));
    }

    /// <summary>
    /// Where each of them goes: L·clamp(1.04/R, ¼, 1) and slack. √L each is √N times what one limiter for all would have: with it sixteen gateways before eight workers
    /// come to rest at four each (L = L/2 + √L), which is R 8. A fleet's √(ΣL)/N is √(L/N).
    /// </summary>
    public static double Target(double limit, double ratio, double aim, int gateways, double slack = 1)
    {
        double plain = Math.Clamp((ratio - Mild) / (Plain - Mild), 0, 1);
        double root = slack * Math.Sqrt(limit);
        return (limit * Math.Clamp(aim / ratio, Steepest, 1)) + (root * (1 - plain)) + (root / Math.Sqrt(gateways) * plain);
    }

    /// <summary>A step was taken: a round trip until it shows, a second until all have told.</summary>
    public void Step(long now, double roundTrip, double second) => _freshAt = now + (long)(second + Math.Min(LongestWait * second, roundTrip));
}
