namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// What round trips do while the limit is cut. Behind a queue R falls as the limit does (Little); beside a backend that has itself become slower
/// it stays, however low the limit goes. A backend that is slower by a quarter holds R at the edge of what counts as high, so two windows
/// never tell: here about two hundred round trips are weighed, those at the highest limit of a cut against those at a limit clearly below. The limit's lock
/// guards it.
/// </summary>
internal struct CutResponse
{
    /// <summary>R from which on it says something.</summary>
    private const double Speaks = 1.12;

    /// <summary>Of the highest limit: from there down a queue must have become clearly shorter.</summary>
    private const double Lower = 0.78;

    /// <summary>Round trips at a lower limit before anything follows.</summary>
    private const int Enough = 96;

    /// <summary>R that falls by less than this power of the limit's fall is no queue: 1 is a queue, 0 slower work.</summary>
    private const double Power = 0.35;

    private double _trips, _limits;
    private int _heard;

    /// <summary>The highest limit of this cut; 0 = there is none.</summary>
    public double From { get; private set; }

    /// <summary>The highest R of this cut.</summary>
    public double Worst { get; private set; }

    /// <summary>Begins anew with the next window.</summary>
    public void Forget() => From = 0;

    /// <summary>Takes a window in which the limit was reached; true where cutting has not done what it does to a queue.</summary>
    /// <param name="limit">The window's.</param>
    /// <param name="ratio">R as it is believed.</param>
    /// <param name="measured">R of this window alone.</param>
    /// <param name="heard">Its round trips.</param>
    public bool IsInVain(double limit, double ratio, double measured, int heard)
    {
        if (ratio <= Speaks || limit > From)
        {
            Begin(ratio <= Speaks ? 0 : limit, ratio);
            return false;
        }

        Worst = Math.Max(Worst, ratio);
        if (limit > Lower * From)
        {
            return false;
        }

        _trips += heard * measured;
        _limits += heard * limit;
        _heard += heard;
        if (_heard < Enough)
        {
            return false;
        }

        double low = _trips / _heard;
        if (low > Speaks && low > Worst * Math.Pow(_limits / _heard / From, Power))
        {
            return true;
        }

        Begin(limit, ratio);
        return false;
    }

    private void Begin(double limit, double ratio) => (From, Worst, _trips, _limits, _heard) = (limit, ratio, 0, 0, 0);
}
