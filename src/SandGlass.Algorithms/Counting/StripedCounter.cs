using System.Numerics;

namespace SandGlass.Algorithms.Counting;

/// <summary>
/// A counter that many cores may add to without fighting for one cache line: one padded word per processor, added up when read.
/// 128 bytes a stripe (two lines, because processors fetch lines in pairs), 64 stripes at most.
/// </summary>
public sealed class StripedCounter
{
    private const int Stride = 16;
    private const int MaxStripes = 64;

    // The first stride stays empty: it keeps the array's header off the first stripe's line.
    private readonly long[] _stripes = new long[Stride * (Stripes + 1)];

    private static int Stripes { get; } = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(MaxStripes, Environment.ProcessorCount));

    /// <summary>Adds <paramref name="n"/>, which may be negative. One interlocked add; wraps at 2⁶³.</summary>
    public void Add(long n = 1)
    {
        int stripe = Thread.GetCurrentProcessorId() & (Stripes - 1);
        Interlocked.Add(ref _stripes[Stride * (stripe + 1)], n);
    }

    /// <summary>The sum. Not a moment's snapshot: adds that run meanwhile may be in it or not, those that returned are.</summary>
    public long Sum()
    {
        long sum = 0;
        for (int i = Stride; i < _stripes.Length; i += Stride)
        {
            sum += Volatile.Read(ref _stripes[i]);
        }

        return sum;
    }
}
