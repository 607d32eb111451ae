namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// How long those may wait who must go through. A backend that becomes slower, or a look at its base, takes some of what they need for some
/// round trips, and whoever waits that long is served, since on the whole there is room for all of them. Where they wait and wait there is not,
/// and a long wait would only make the answers later. So they may wait for <see cref="RoundTrips"/> round trips if none of them waited longer than usual
/// within <see cref="Lasting"/> times that, and none was lost; else for the plan's time (the controlled delay of Nichols and Jacobson, CACM 2012, as Facebook has it for requests:
/// Maurer, "Fail at Scale", ACM Queue 2015). The gate's lock guards it.
/// </summary>
internal struct Bridge
{
    /// <summary>A look at the base takes five to six.</summary>
    public const int RoundTrips = 5;

    /// <summary>Times that wait after which an overload lasts: a slower backend is found out, and looked at, within three.</summary>
    public const int Lasting = 3;

    /// <summary>At most so many times the plan's time.</summary>
    public const int Most = 4;

    private long _clearAt, _lostAt, _span;
    private bool _known, _lost;

    /// <summary>Whether none of them was lost lately.</summary>
    public readonly bool HasLostNone(long now) => !_lost || now - _lostAt > Lasting * _span;

    /// <summary>One of them was refused, or has waited in vain.</summary>
    public void Lost(long now) => (_lostAt, _lost) = (now, true);

    /// <summary>Ticks that a newcomer of those classes may wait.</summary>
    /// <param name="usual">The plan's, ticks.</param>
    /// <param name="roundTrip">Ticks that a round trip takes now; 0: unknown.</param>
    /// <param name="longest">Ticks that the longest waiting of them has waited; below 0: none waits.</param>
    /// <param name="now">Monotonic ticks.</param>
    public long Wait(long usual, long roundTrip, long longest, long now)
    {
        usual = Math.Min(usual, long.MaxValue / (Most * Lasting));
        long span = Math.Clamp(RoundTrips * roundTrip, usual, Most * usual);
        _span = span;
        bool bridges = !_known || now - _clearAt <= Lasting * span;
        // What is being bridged is over when nobody waits longer than usual; a lasting overload, in which all wait that long, only when none does.
        if (!_known || ((longest < 0 || (bridges && longest <= usual)) && HasLostNone(now)))
        {
            (_clearAt, _known, bridges) = (now, true, true);
        }

        return bridges ? span : usual;
    }
}
