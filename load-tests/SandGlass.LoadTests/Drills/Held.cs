namespace SandGlass.LoadTests.Drills;

/// <summary>One user's wish, and what became of it.</summary>
/// <param name="Chain">Of the shop.</param>
/// <param name="At">Seconds from the begin to the moment that it was planned for.</param>
/// <param name="Took">From then to the end.</param>
/// <param name="Good">Answered well, and in time.</param>
internal readonly record struct Wished(string Chain, double At, TimeSpan Took, bool Good);

/// <summary>
/// When what was broken holds again, out of tenths of a second. A chain holds in a window of half a second when nine in ten of what was planned in it was answered well. It is protected, or
/// recovered, at the end of the last window in which it does not hold: one good moment in between is neither.
/// </summary>
internal static class Held
{
    /// <summary>Seconds of a bucket.</summary>
    public const double Bucket = 0.1;

    /// <summary>Buckets of a window.</summary>
    public const int Window = 5;

    /// <summary>Of what is asked for in a window.</summary>
    public const double Level = 0.9;

    /// <summary>
    /// Seconds from the first window that does not hold (a leak does no harm at first) to the end of the last; 0 where all hold, null where the last one does not.
    /// </summary>
    /// <param name="wishes">Of the chains looked at.</param>
    /// <param name="from">The fault's begin, seconds from the drill's.</param>
    /// <param name="to">Its end.</param>
    public static double? TimeToProtect(IEnumerable<Wished> wishes, double from, double to) => Windows(wishes, from, to) is not { } windows ? null
        : windows.Last < 0 ? 0 : windows.Last == windows.Count - 1 ? null : (windows.Last + Window - windows.First) * Bucket;

    /// <summary>Seconds from the fault's end to the end of the last window that does not hold; 0 and null as before.</summary>
    /// <param name="wishes">Of the chains looked at.</param>
    /// <param name="from">The fault's end, seconds from the drill's begin.</param>
    /// <param name="to">The drill's end.</param>
    public static double? TimeToRecover(IEnumerable<Wished> wishes, double from, double to) => Windows(wishes, from, to) is not { } windows ? null
        : windows.Last < 0 ? 0 : windows.Last == windows.Count - 1 ? null : (windows.Last + Window) * Bucket;

    // The first and the last that does not hold, -1 where all do; null where there is no whole window.
    private static (int First, int Last, int Count)? Windows(IEnumerable<Wished> wishes, double from, double to)
    {
        var count = (int)Math.Floor(((to - from) / Bucket) + 1e-9);
        if (count < Window)
        {
            return null;
        }

        var (asked, good) = (new int[count], new int[count]);
        foreach (var wish in wishes)
        {
            var bucket = (int)Math.Floor((wish.At - from) / Bucket);
            if (wish.At >= from && bucket < count)
            {
                asked[bucket]++;
                good[bucket] += wish.Good ? 1 : 0;
            }
        }

        int[] bad = [.. Enumerable.Range(0, count - Window + 1).Where(i => !Holds(asked, good, i))];
        return (bad.FirstOrDefault(-1), bad.LastOrDefault(-1), count - Window + 1);
    }

    // A window that nobody asked in says nothing.
    private static bool Holds(int[] asked, int[] good, int from)
    {
        var (all, well) = (0, 0);
        for (var i = from; i < from + Window; i++)
        {
            all += asked[i];
            well += good[i];
        }

        return well >= Level * all;
    }
}
