namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// When cutting has not shortened the round trips as it would have shortened a queue, so that the backend itself may have become slower: two windows in a row of a plainly high R, at a limit
/// that is a fifth below the one before them, and an R that is not a fifth below their highest; or a cut in vain (<see cref="CutResponse"/>). The limit's lock guards it.
/// </summary>
internal struct Suspicion
{
    /// <summary>R from which on a window is plainly high.</summary>
    public const double High = 1.3;

    // What is a fifth below; and of the limit before, what is left while a suspicion is looked into.
    private const double Fifth = 0.8, Left = 0.6;
    private const int Windows = 2;

    private CutResponse _cut;
    private double _worst;
    private int _high;

    /// <summary>The limit before what raised it: where it goes back to if the backend is slower.</summary>
    public double Before { get; private set; }

    /// <summary>The limit does not go below this while it is looked into.</summary>
    public readonly double Least => Left * Before;

    /// <summary>Nothing queues, or something else decides: begins anew with the next window.</summary>
    public void Forget()
    {
        _high = 0;
        _cut.Forget();
    }

    /// <summary>R does not follow this limit, or is looked into already.</summary>
    public void ForgetCut() => _cut.Forget();

    /// <summary>Takes a window in which the limit was reached.</summary>
    /// <param name="limit">The window's.</param>
    /// <param name="ratio">R as it is believed.</param>
    /// <param name="isSuspected">Whether it is looked into already: the limit to go back to stays.</param>
    public void Hear(double limit, double ratio, bool isSuspected)
    {
        if (ratio <= High)
        {
            _high = 0;
            return;
        }

        if (_high++ == 0 && !isSuspected)
        {
            (Before, _worst) = (limit, ratio);
        }

        _worst = Math.Max(_worst, ratio);
    }

    /// <summary>Whether a cut has been in vain; <see cref="CutResponse.IsInVain"/> has the parameters.</summary>
    public bool IsCutInVain(double limit, double ratio, double measured, int heard)
    {
        if (!_cut.IsInVain(limit, ratio, measured, heard))
        {
            return false;
        }

        (Before, _worst) = (_cut.From, _cut.Worst);
        return true;
    }

    /// <summary>Whether the windows of a high R are enough.</summary>
    /// <param name="next">Where the limit goes.</param>
    /// <param name="ratio">R as it is believed.</param>
    public readonly bool IsRaised(double next, double ratio) => _high >= Windows && next <= Fifth * Before && ratio >= Fifth * _worst;

    /// <summary>A look in turn has raised it, and gave this limit back.</summary>
    public void LookedFrom(double limit) => Before = limit;
}
