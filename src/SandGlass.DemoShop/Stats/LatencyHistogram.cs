using System.Numerics;

namespace SandGlass.DemoShop;

/// <summary>A log-linear histogram of microseconds: each power of two in sixteen steps, so a value is known within 7 %.</summary>
internal sealed class LatencyHistogram
{
    private const int Steps = 16;
    private const int StepBits = 4;

    private readonly long[] counts = new long[Steps * (64 - StepBits)];

    public void Add(TimeSpan time) => Interlocked.Increment(ref counts[Index(Math.Max(0, time.Ticks / TimeSpan.TicksPerMicrosecond))]);

    public void Clear() => Array.Clear(counts);

    /// <summary>In milliseconds; 0 when nothing was added.</summary>
    public double Quantile(double q)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(q * counts.Sum()));
        long seen = 0;
        for (var index = 0; index < counts.Length; index++)
        {
            seen += counts[index];
            if (seen >= rank)
            {
                return Floor(index) / 1000d;
            }
        }

        return 0;
    }

    private static int Index(long micros)
    {
        var power = Math.Max(0, BitOperations.Log2((ulong)micros) - StepBits);
        return (power << StepBits) + (int)(micros >> power);
    }

    private static long Floor(int index)
    {
        var power = Math.Max(0, (index >> StepBits) - 1);
        return (long)(index - (power << StepBits)) << power;
    }
}
