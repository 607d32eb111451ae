using System.Numerics;

namespace SandGlass.LoadTests.Measuring;

/// <summary>
/// Counts durations in log-linear buckets: each power of two is cut into 2^bits equal parts (Tene's HdrHistogram, simplified). Units are
/// 100 ns. The middle of a bucket is at most 1 ÷ 2^(bits+1) away from what was recorded: 0.4 % with 7 bits, from 100 ns to almost two hours; what
/// is longer counts as the last bucket and shows in <see cref="Max"/>. Not for several threads: whoever records holds a lock.
/// </summary>
internal sealed class LogLinearHistogram(int bits = LogLinearHistogram.Fine)
{
    /// <summary>0.4 %: for what is reported.</summary>
    public const int Fine = 7;

    /// <summary>3 %: for each second of a long run.</summary>
    public const int Coarse = 4;

    private const int Octaves = 36;

    private readonly long[] _counts = new long[(Octaves - bits + 1) << bits];
    private double _sum;

    public long Count { get; private set; }

    /// <summary>The longest, exact.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>The shortest, exact; 0 where there is none.</summary>
    public TimeSpan Min { get; private set; }

    public TimeSpan Mean => Count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)(_sum / Count));

    /// <summary>Index and count of each bucket that is not empty.</summary>
    public IEnumerable<(int Bucket, long Count)> Buckets
    {
        get
        {
            for (var i = 0; i < _counts.Length; i++)
            {
                if (_counts[i] > 0)
                {
                    yield return (i, _counts[i]);
                }
            }
        }
    }

    /// <summary>Below 0 counts as 0.</summary>
    public void Record(TimeSpan duration)
    {
        var ticks = Math.Max(0, duration.Ticks);
        _counts[Find(ticks)]++;
        _sum += ticks;
        Min = Count == 0 || ticks < Min.Ticks ? TimeSpan.FromTicks(ticks) : Min;
        Max = ticks > Max.Ticks ? TimeSpan.FromTicks(ticks) : Max;
        Count++;
    }

    /// <summary>Adds what another one of as many bits has counted.</summary>
    public void Add(LogLinearHistogram other)
    {
        if (other._counts.Length != _counts.Length)
        {
            throw new ArgumentException("histograms of different precision do not add up", nameof(other));
        }

        if (other.Count == 0)
        {
            return;
        }

        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Min = Count == 0 || other.Min < Min ? other.Min : Min;
        Max = other.Max > Max ? other.Max : Max;
        _sum += other._sum;
        Count += other.Count;
    }

    /// <summary>What a part (0…1) of the records does not exceed: record ⌈part·count⌉, by the middle of its bucket.</summary>
    public TimeSpan Quantile(double part)
    {
        if (Count == 0)
        {
            return TimeSpan.Zero;
        }

        var rank = Rank(Count, part);
        var bucket = 0;
        for (var seen = _counts[0]; seen < rank; seen += _counts[bucket])
        {
            bucket++;
        }

        return TimeSpan.FromTicks((long)Math.Clamp(Middle(bucket, bits), Min.Ticks, Max.Ticks));
    }

    /// <summary>1 to count; a hair of rounding in part·count (0.99·100 = 99.00000000000001) is no record more.</summary>
    public static long Rank(long count, double part) => Math.Clamp((long)Math.Ceiling((part * count) - 1e-6), 1, count);

    /// <summary>The middle of a bucket, in ticks of 100 ns.</summary>
    public static double Middle(int bucket, int bits = Fine)
    {
        var parts = 1 << bits;
        var octave = bucket >> bits;
        if (octave == 0)
        {
            return bucket;
        }

        double width = 1L << (octave - 1);
        return ((parts + (bucket & (parts - 1))) * width) + ((width - 1) / 2);
    }

    private int Find(long ticks)
    {
        if (ticks < 1L << bits)
        {
            return (int)ticks;
        }

        var shift = BitOperations.Log2((ulong)ticks) - bits;
        return Math.Min(_counts.Length - 1, ((shift + 1) << bits) + (int)(ticks >> shift) - (1 << bits));
    }
}
