using System.Numerics;

namespace SandGlass.Algorithms.Counting;

/// <summary>
/// Where the buckets of durations meet, in ticks of one clock: seven decades from 10 µs to 100 s, in each 10, 11 … 24, 25, 27.5 … 47.5,
/// 50, 55 … 95. No bucket is wider than a tenth of its lower border, so its middle is within 5 % of anything in it, and 1, 2.5 and 5
/// of every decade are borders, as Prometheus' usual bounds want it. A bucket holds what is above its lower border and up to its upper
/// (as <c>le</c> means it). Immutable; one for each frequency, so in practice one a process.
/// </summary>
internal sealed class DurationBorders
{
    /// <summary>Upper borders; one more bucket holds what is above the last.</summary>
    public const int Count = (7 * 35) + 1;

    private static readonly long[] Nanoseconds = [.. Lay()];
    private static volatile DurationBorders? _last;

    private readonly long[] _ticks;
    private readonly int[] _octaves = new int[65];
    private readonly long _frequency;

    private DurationBorders(long frequency)
    {
        _frequency = frequency;
        _ticks = [.. Nanoseconds.Select(ns => (long)Int128.Min((Int128)ns * frequency / 1_000_000_000, long.MaxValue))];
        for (int octave = 1; octave < _octaves.Length; octave++)
        {
            _octaves[octave] = octave < 63 ? FirstFrom(1L << octave, 0, Count) : Count;
        }
    }

    /// <summary>The borders for a clock of this many ticks a second.</summary>
    public static DurationBorders For(long frequency)
    {
        DurationBorders? last = _last;
        return last?._frequency == frequency ? last : _last = new DurationBorders(frequency);
    }

    /// <summary>The bucket of a duration ≥ 0: an octave by its highest bit, then at most four comparisons.</summary>
    public int Find(long ticks)
    {
        int octave = BitOperations.Log2((ulong)ticks);
        return FirstFrom(ticks, _octaves[octave], _octaves[octave + 1]);
    }

    /// <summary>The upper border of a bucket in seconds, exactly the nearest double; infinity for the last.</summary>
    public static double Upper(int bucket) => bucket < Count ? Nanoseconds[bucket] / 1e9 : double.PositiveInfinity;

    /// <summary>The middle of a bucket in seconds; for the last, where it begins.</summary>
    public static double Middle(int bucket) => bucket switch
    {
        0 => Upper(0) / 2,
        Count => Upper(Count - 1),
        _ => (Upper(bucket - 1) + Upper(bucket)) / 2,
    };

    private int FirstFrom(long ticks, int low, int high)
    {
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_ticks[middle] < ticks)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static IEnumerable<long> Lay()
    {
        long unit = 100;
        for (int decade = 0; decade < 7; decade++, unit *= 10)
        {
            for (int tenths = 100; tenths < 1000; tenths += tenths < 250 ? 10 : tenths < 500 ? 25 : 50)
            {
                yield return tenths * unit;
            }
        }

        yield return 1000 * unit / 10;
    }
}
