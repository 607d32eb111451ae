namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Whether failures are a reason to cut. More than one in twenty are, at first: a backend past its strength times out, resets and answers 5xx.
/// But a route that always fails for one request in ten is not overload, and in the simulation cutting for it without end left 6 % of the
/// goodput. So the cut has to prove itself: overload's failures go away while the successes stay; if a quarter of the successes goes and the
/// failures' share stays, the limit goes back, and such a share is no reason for ten seconds. Where nearly all failed, the backend was gone
/// rather than overloaded: once it answers again the limit goes half the way back at once. The limit's lock guards it.
/// </summary>
internal struct FailureCut
{
    // So many good ones say that it is back.
    private const int Answers = 8;

    private double _from, _successes, _share, _blameless;
    private long _until;
    private bool _gone;
    private int _answers;

    /// <summary>Judges a window.</summary>
    /// <param name="failures">In the window.</param>
    /// <param name="successes">In the window.</param>
    /// <param name="seconds">The window's length.</param>
    /// <param name="limit">As it is.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="holdOff">Ticks for which a share that cutting did not mend is no reason.</param>
    /// <returns>The limit that follows: × 0.7, or back to where the cuts began. 0 when failures are no reason.</returns>
    public double Judge(int failures, int successes, double seconds, double limit, long now, long holdOff)
    {
        double share = (double)failures / Math.Max(1, failures + successes);
        if (failures <= 2 || share <= 0.05)
        {
            // Not of one window: where few come, none has as many.
            if (_gone && (_answers = share > 0.05 ? 0 : _answers + successes) < Answers)
            {
                return 0;
            }

            double half = _gone ? _from / 2 : 0;
            (_from, _gone, _answers) = (0, false, 0);
            return half > limit ? half : 0;
        }

        if (now < _until && share <= _blameless)
        {
            return 0;
        }

        double rate = successes / seconds;
        if (_from <= 0 || share > (1.5 * _share) + 0.02)
        {
            // It begins, or gets worse by itself: successes that go now do not go because of the cut.
            _from = Math.Max(_from, limit);
            (_successes, _share) = (rate, share);
            _gone |= share > 0.9;
            _answers = 0;
        }
        else if (rate < 0.75 * _successes)
        {
            double back = _from;
            (_from, _blameless, _until) = (0, (1.5 * share) + 0.05, now + holdOff);
            return back;
        }

        return 0.7 * limit;
    }
}
