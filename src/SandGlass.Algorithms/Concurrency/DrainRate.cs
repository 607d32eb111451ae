namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// How fast a queue gets shorter: the mean time between two admissions from it, over about the last sixteen, measured only while
/// somebody waits (an idle hour says nothing). The gate's lock guards it.
/// </summary>
internal struct DrainRate
{
    private double _interval;
    private long _last;

    /// <summary>The queue was empty and is no more.</summary>
    public void Start(long now) => _last = now;

    /// <summary>Somebody was admitted from the queue.</summary>
    public void Left(long now)
    {
        double gap = Math.Max(0, now - _last);
        _interval = _interval > 0 ? _interval + ((gap - _interval) / 16) : gap;
        _last = now;
    }

    /// <summary>
    /// Ticks, ≥ 1, until a newcomer behind <paramref name="ahead"/> waiters would be admitted; 0 while nothing was measured.
    /// In a stall, half the time since the last admission counts when it is above the mean.
    /// </summary>
    public readonly long Estimate(int ahead, long now) =>
        _interval > 0 ? Math.Max(1, (long)((ahead + 1) * Math.Max(_interval, (now - _last) / 2.0))) : 0;
}
