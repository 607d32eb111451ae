using System.Numerics;

namespace SandGlass.Algorithms.Counting;

/// <summary>
/// How long things took: counts in log-linear buckets (<see cref="DurationBorders"/>) from 10 µs to 100 s, with 5 % relative error.
/// A histogram that is never used costs about 100 bytes; the first record makes one stripe of 2 KB, and only a record that meets another core at
/// the same instant makes one for its own processor, up to eight: so ten thousand quiet routes stay small and a busy one does not
/// fight for cache lines. Recording allocates nothing else and takes no lock. A reading is no moment's snapshot: what is recorded
/// meanwhile may be in it or not.
/// </summary>
/// <param name="ticksPerSecond">The clock's frequency; below 1 MHz, short buckets share a tick and stay empty.</param>
public sealed class DurationHistogram(long ticksPerSecond)
{
    /// <summary>How many buckets there are: the first up to 10 µs, the last above 100 s.</summary>
    public const int BucketCount = DurationBorders.Count + 1;

    private readonly DurationBorders _borders = DurationBorders.For(ticksPerSecond);
    private readonly Stripe?[] _stripes = new Stripe?[Stripes];

    private static int Stripes { get; } = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(8, Environment.ProcessorCount));

    private sealed class Stripe
    {
        public readonly long[] Buckets = new long[BucketCount];

        // A double's 53 bits bear 10⁹ ticks a second from ten thousand callers for days before an add is rounded; a long would overflow.
        public double Ticks;

        public bool TryAddTicks(double ticks)
        {
            double seen = Volatile.Read(ref Ticks);
            return Interlocked.CompareExchange(ref Ticks, seen + ticks, seen).Equals(seen);
        }
    }

    /// <summary>Everything recorded.</summary>
    public long Count
    {
        get
        {
            Span<long> buckets = stackalloc long[BucketCount];
            return Merge(buckets);
        }
    }

    /// <summary>The sum of everything recorded, in seconds.</summary>
    public double SumSeconds => _stripes.Sum(stripe => stripe is null ? 0 : Volatile.Read(ref stripe.Ticks)) / ticksPerSecond;

    /// <summary>The upper border of a bucket in seconds, itself included; infinity for the last.</summary>
    public static double UpperSeconds(int bucket) => DurationBorders.Upper(bucket);

    /// <summary>Counts one duration. Below 0 counts as 0.</summary>
    public void Record(long ticks)
    {
        ticks = Math.Max(0, ticks);
        int own = Thread.GetCurrentProcessorId() & (Stripes - 1);
        Stripe stripe = Volatile.Read(ref _stripes[own]) ?? StripeAt(0);
        if (!stripe.TryAddTicks(ticks))
        {
            stripe = StripeAt(own);
            while (!stripe.TryAddTicks(ticks))
            {
            }
        }

        Interlocked.Increment(ref stripe.Buckets[_borders.Find(ticks)]);
    }

    /// <summary>Writes the count of each bucket.</summary>
    /// <param name="buckets">At least <see cref="BucketCount"/> long.</param>
    public void Snapshot(Span<long> buckets) => Merge(buckets[..BucketCount]);

    /// <summary>
    /// The duration in seconds that a share <paramref name="q"/> (0…1) of the records does not exceed: the middle of the bucket of
    /// record ⌈q·count⌉, so within 5 % between 10 µs and 100 s. 0 when nothing was recorded, 100 for anything above.
    /// </summary>
    public double Quantile(double q)
    {
        Span<long> buckets = stackalloc long[BucketCount];
        long count = Merge(buckets);
        if (count == 0)
        {
            return 0;
        }

        long rank = Math.Clamp((long)Math.Ceiling(q * count), 1, count);
        int bucket = 0;
        for (long seen = buckets[0]; seen < rank; seen += buckets[bucket])
        {
            bucket++;
        }

        return DurationBorders.Middle(bucket);
    }

    /// <summary>
    /// For each bound, how many records are at most that long. Exact for bounds that are borders, among them 1, 2.5 and 5 of every decade
    /// from 10 µs to 100 s, and for infinity; others are rounded down to the border below.
    /// </summary>
    public void Cumulative(ReadOnlySpan<double> upperBoundsSeconds, Span<long> counts)
    {
        Span<long> buckets = stackalloc long[BucketCount];
        Merge(buckets);
        for (int i = 0; i < upperBoundsSeconds.Length; i++)
        {
            counts[i] = 0;
            for (int bucket = 0; bucket < BucketCount && DurationBorders.Upper(bucket) <= upperBoundsSeconds[i]; bucket++)
            {
                counts[i] += buckets[bucket];
            }
        }
    }

    private Stripe StripeAt(int index)
    {
        Stripe? stripe = Volatile.Read(ref _stripes[index]);
        if (stripe is null)
        {
            var made = new Stripe();
            stripe = Interlocked.CompareExchange(ref _stripes[index], made, null) ?? made;
        }

        return stripe;
    }

    private long Merge(Span<long> buckets)
    {
        buckets.Clear();
        long count = 0;
        foreach (ref Stripe? slot in _stripes.AsSpan())
        {
            if (Volatile.Read(ref slot) is not { } stripe)
            {
                continue;
            }

            for (int i = 0; i < BucketCount; i++)
            {
                long bucket = Volatile.Read(ref stripe.Buckets[i]);
                buckets[i] += bucket;
                count += bucket;
            }
        }

        return count;
    }
}
