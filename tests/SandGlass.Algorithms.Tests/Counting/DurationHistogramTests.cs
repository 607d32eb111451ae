using SandGlass.Algorithms.Counting;

namespace SandGlass.Algorithms.Tests.Counting;

public class DurationHistogramTests
{
    private static readonly double[] Prometheus = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, double.PositiveInfinity];

    [Theory]
    [InlineData(1_000_000_000, 1)]
    [InlineData(10_000_000, 2)]
    [InlineData(3_579_545, 3)]
    public void Quantiles_are_within_5_percent_of_the_sorted_samples(long frequency, int seed)
    {
        var random = new Random(seed);
        var histogram = new DurationHistogram(frequency);
        long[] samples = new long[20_000];
        for (int i = 0; i < samples.Length; i++)
        {
            // Even on a log scale from 20 µs to 90 s.
            samples[i] = (long)(frequency * 20e-6 * Math.Pow(4.5e6, random.NextDouble()));
            histogram.Record(samples[i]);
        }

        Array.Sort(samples);
        foreach (double q in new[] { 0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            double exact = samples[Math.Max(0, (int)Math.Ceiling(q * samples.Length) - 1)] / (double)frequency;
            double error = Math.Abs(histogram.Quantile(q) - exact) - (1.0 / frequency);
            Assert.True(error <= 0.05 * exact, $"q {q}: {histogram.Quantile(q)} for {exact}");
        }

        Assert.Equal(samples.Length, histogram.Count);
        Assert.Equal(samples.Sum() / (double)frequency, histogram.SumSeconds, 1e-6);
    }

    [Theory]
    [InlineData(1_000_000_000)]
    [InlineData(3_579_545)]
    [InlineData(1000)]
    public void Counts_are_exact_at_the_usual_bounds(long frequency)
    {
        var histogram = new DurationHistogram(frequency);
        long[] around = [.. Prometheus[..^1].SelectMany(bound =>
            new[] { -1, 0, 1 }.Select(step => (long)(decimal.Floor((decimal)bound * frequency) + step)))];
        Array.ForEach(around, histogram.Record);
        long[] counts = new long[Prometheus.Length];
        histogram.Cumulative(Prometheus, counts);
        Assert.Equal(Prometheus.Select(bound => around.LongCount(ticks => bound > 10 || ticks <= (decimal)bound * frequency)), counts);
    }

    [Fact]
    public void Rounds_other_bounds_down_to_a_border()
    {
        var histogram = new DurationHistogram(1_000_000);
        histogram.Record(1_000);
        histogram.Record(1_060);
        long[] counts = new long[3];
        histogram.Cumulative([0.00105, 0.00109, 0.0011], counts);
        Assert.Equal([1, 1, 2], counts);
    }

    [Fact]
    public void Keeps_what_is_out_of_range_in_the_end_buckets()
    {
        var histogram = new DurationHistogram(1_000_000);
        Array.ForEach([-7, 0, 10, 100_000_000, 100_000_001, long.MaxValue], histogram.Record);
        long[] buckets = new long[DurationHistogram.BucketCount];
        histogram.Snapshot(buckets);
        Assert.Equal((3, 1, 2), (buckets[0], buckets[^2], buckets[^1]));
        Assert.Equal(6, histogram.Count);
        Assert.Equal((5e-6, 100), (histogram.Quantile(0.01), histogram.Quantile(1)));
    }

    [Fact]
    public void Says_zero_when_nothing_was_recorded()
    {
        var histogram = new DurationHistogram(1_000_000);
        Assert.Equal((0, 0, 0), (histogram.Count, histogram.SumSeconds, histogram.Quantile(0.5)));
    }

    [Fact]
    public void Loses_nothing_when_many_threads_record()
    {
        var histogram = new DurationHistogram(1_000_000);
        Parallel.For(0, 4, thread =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                histogram.Record(1000 * (thread + 1));
            }
        });
        Assert.Equal(200_000, histogram.Count);
        Assert.Equal(500, histogram.SumSeconds, 1e-6);
    }

    [Fact]
    public void Allocates_nothing_once_warm_and_little_before()
    {
        var histogram = new DurationHistogram(1_000_000);
        Assert.Equal(0, Allocations.Of(() => histogram.Record(1234)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(new DurationHistogram(1_000_000));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 150);
    }
}
