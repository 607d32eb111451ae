namespace SandGlass.Algorithms.Counting;

public sealed class DurationHistogram(long ticksPerSecond)
{
    public const int BucketCount = 247;

    public long Count => ticksPerSecond;

    public double SumSeconds => throw new NotImplementedException();

    public void Record(long ticks) => throw new NotImplementedException();

    public void Snapshot(Span<long> buckets) => throw new NotImplementedException();

    public double Quantile(double q) => throw new NotImplementedException();

    public void Cumulative(ReadOnlySpan<double> upperBoundsSeconds, Span<long> counts) => throw new NotImplementedException();
}
