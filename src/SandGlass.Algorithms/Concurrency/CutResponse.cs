namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// What round trips do while the limit is cut. Behind a queue R falls as the limit does (Little); beside a backend that has itself become slower
/// it stays, however low the limit goes. A backend that is slower by a quarter holds R at the edge of what counts as high, so two windows
/// never tell: here the highest R of a cut is weighed against R of a hundred round trips at limits clearly below the cut's highest. The limit's lock guards it.
/// </summary>
internal struct CutResponse
{
    /// <summary>R below which there is nothing to explain: a limit with its √L of slack has that.</summary>
    private const double Noteworthy = 1.12;

    /// <summary>Of the cut's highest limit: from there down a queue must have become clearly shorter.</summary>
    private const double ClearlyBelow = 0.78;

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
        if (ratio <= Noteworthy || limit > From)
        {
            Begin(ratio <= Noteworthy ? 0 : limit, ratio);
            return false;
        }

        Worst = Math.Max(Worst, ratio);
        if (limit > ClearlyBelow * From)
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
        if (low > Noteworthy && low > Worst * Math.Pow(_limits / _heard / From, Power))
        {
            return true;
        }

        Begin(limit, ratio);
        return false;
    }

    private void Begin(double limit, double ratio) => (From, Worst, _trips, _limits, _heard) = (limit, ratio, 0, 0, 0);
}
