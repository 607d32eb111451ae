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

    private int _most = known;
    private long _at = time.GetTimestamp();

    /// <summary>There is contact again: what was known before is remembered for ten seconds from now.</summary>
    public void Back() => _at = time.GetTimestamp();

    /// <summary>Takes what Redis counted; returns what to reckon with.</summary>
    public int Seen(int counted)
    {
        var now = time.GetTimestamp();
        if (counted >= _most || time.GetElapsedTime(_at, now) >= Remembers)
        {
            (_most, _at) = (Math.Max(1, counted), now);
        }

        return _most;
    }
}
