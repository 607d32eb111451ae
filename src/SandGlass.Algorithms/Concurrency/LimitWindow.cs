namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// When a limit's window is over, and what it is deaf to. A window is 100 ms and 48 round trips, or 1 s and two round trips, and not shorter than a round trip of up to five seconds: what ends sooner was begun under
/// another limit. After a step the limit is deaf until what was begun before it has ended. The limit's lock guards it.
/// </summary>
/// <param name="second">Ticks of a second.</param>
internal struct LimitWindow(double second)
{
    private const int Enough = 48;

    private readonly double _second = second;
    private long _opened, _deafUntil;
    private int _failures, _ended;

    /// <summary>Ends in it that failed.</summary>
    public readonly int Failures => _failures;

    /// <summary>Ends in it that went well, those left out included.</summary>
    public readonly int Well => _ended - _failures;

    /// <summary>The first one begins.</summary>
    public void Open(long now) => _opened = now;

    /// <summary>Whether this end counts, or was begun under another limit.</summary>
    public readonly bool Hears(long now) => now >= _deafUntil;

    /// <summary>A request has ended.</summary>
    public void End(bool isFailure)
    {
        _ended++;
        _failures += isFailure ? 1 : 0;
    }

    /// <summary>Whether it is over.</summary>
    /// <param name="now">Ticks.</param>
    /// <param name="heard">Round trips that counted.</param>
    /// <param name="roundTrip">Ticks that one takes now.</param>
    public readonly bool IsOver(long now, int heard, double roundTrip) =>
        now - _opened >= Math.Max(_second, 2 * roundTrip) || (now - _opened >= Math.Max(_second / 10, roundTrip) && heard + _failures >= Enough);

    /// <summary>Seconds it has been open.</summary>
    public readonly double Elapsed(long now) => (now - _opened) / _second;

    /// <summary>Ticks of it that were not deaf.</summary>
    public readonly double Listened(long now) => now - Math.Max(_opened, _deafUntil);

    /// <summary>Whether so much listening is enough to tell a rate of: of a window that was deaf for the most part none can be told.</summary>
    public readonly bool IsLong(double listened, double roundTrip) => listened >= Math.Max(_second / 10, 0.9 * roundTrip);

    /// <summary>Deaf until then.</summary>
    public void DeafenUntil(long then) => _deafUntil = then;

    /// <summary>The next one begins.</summary>
    /// <param name="now">Ticks.</param>
    /// <param name="unheard">Ends of the last one that nobody waited to have heard.</param>
    /// <returns>Ends a second of the last one; below 0 where it was too short to tell.</returns>
    public double Reopen(long now, int unheard)
    {
        double elapsed = Elapsed(now);
        double perSecond = elapsed > 0.05 ? (_ended + unheard) / elapsed : -1;
        _opened = now;
        _ended = _failures = 0;
        return perSecond;
    }
}
