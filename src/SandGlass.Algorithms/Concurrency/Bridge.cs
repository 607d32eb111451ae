namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// How long those may wait who must go through. A backend that becomes slower, or a look at its base, takes some of what they need for some
/// round trips, and whoever waits that long is served, since on the whole there is room for all of them. Where they wait and wait there is not,
/// and a long wait would only make the answers later. So they may wait for <see cref="RoundTrips"/> round trips if their queue was empty
/// within <see cref="Lasting"/> times that, and else for the plan's time (the controlled delay of Nichols and Jacobson, CACM 2012, as Facebook has it for requests:
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

    private long _clearAt;
    private bool _known;

    /// <summary>Ticks that a newcomer of those classes may wait.</summary>
    /// <param name="usual">The plan's, ticks.</param>
    /// <param name="roundTrip">Ticks that a round trip takes now; 0: unknown.</param>
    /// <param name="isClear">Whether none of them waits now.</param>
    /// <param name="now">Monotonic ticks.</param>
    public long Wait(long usual, long roundTrip, bool isClear, long now)
    {
        long span = Math.Clamp(RoundTrips * roundTrip, usual, Most * usual);
        if (isClear || !_known)
        {
            (_clearAt, _known) = (now, true);
        }

        return now - _clearAt <= Lasting * span ? span : usual;
    }
}
