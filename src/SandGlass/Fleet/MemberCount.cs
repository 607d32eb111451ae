namespace SandGlass.Fleet;

/// <summary>
/// How many gateways there are: the most that were seen within ten seconds of contact. After Redis was emptied or away, for however long, they come back one by
/// one, and whoever is first must not take itself for the whole fleet.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="known">Known from before.</param>
internal sealed class MemberCount(TimeProvider time, int known)
{
    private static readonly TimeSpan Remembers = TimeSpan.FromSeconds(10);
    // Longer than it takes all to come back.
    private static readonly TimeSpan ComingBack = TimeSpan.FromSeconds(3);

    private int _most = known;
    private TimeSpan _left = Remembers;
    private long _seenAt = time.GetTimestamp();

    /// <summary>There is contact again. The time without does not count, and what was known before is remembered until all can be back.</summary>
    public void Back()
    {
        _seenAt = time.GetTimestamp();
        _left = _left > ComingBack ? _left : ComingBack;
    }

    /// <summary>Takes what Redis counted; returns what to reckon with.</summary>
    public int Seen(int counted)
    {
        var now = time.GetTimestamp();
        _left -= time.GetElapsedTime(_seenAt, now);
        _seenAt = now;
        if (counted >= _most || _left <= TimeSpan.Zero)
        {
            (_most, _left) = (Math.Max(1, counted), Remembers);
        }

        return _most;
    }
}
