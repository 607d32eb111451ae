using SandGlass.LoadTests.Measuring;

namespace SandGlass.LoadTests.Tests.Measuring;

public sealed class LogLinearHistogramTests
{
    private static readonly double[] Parts = [0, 0.01, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];

    private static TimeSpan[] Samples(int seed, int count)
    {
        var random = new Random(seed);
        // Lognormal around 5 ms with a long tail, and some that are nearly nothing.
        return [.. Enumerable.Range(0, count).Select(i => i % 50 == 0
            ? TimeSpan.FromTicks(random.Next(0, 300))
            : TimeSpan.FromMilliseconds(5 * Math.Exp(1.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))))];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_percentile_is_within_one_percent_of_the_sorted_samples(int seed)
    {
        var samples = Samples(seed, 100_000);
        var histogram = new LogLinearHistogram();
        foreach (var sample in samples)
        {
            histogram.Record(sample);
        }

        Array.Sort(samples);
        foreach (var part in Parts)
        {
            var exact = samples[(int)LogLinearHistogram.Rank(samples.Length, part) - 1];
            Assert.InRange(histogram.Quantile(part).Ticks, exact.Ticks * 0.99, exact.Ticks * 1.01);
        }

        Assert.Equal(samples[0], histogram.Min);
        Assert.Equal(samples[^1], histogram.Max);
        Assert.InRange(histogram.Mean.TotalMilliseconds / samples.Average(static s => s.TotalMilliseconds), 0.9999, 1.0001);
    }

    [Fact]
    public void Every_value_is_told_within_half_a_percent()
    {
        for (var ticks = 1L; ticks < 60_000_000_000; ticks += 1 + (ticks / 50))
        {
            var histogram = new LogLinearHistogram();
            histogram.Record(TimeSpan.FromTicks(ticks));
            var (bucket, _) = histogram.Buckets.Single();

            Assert.InRange(LogLinearHistogram.Middle(bucket), ticks * 0.995, ticks * 1.005);
        }
    }

    [Fact]
    public void Two_merged_are_as_one_that_saw_all()
    {
        var (left, right, all) = (new LogLinearHistogram(), new LogLinearHistogram(), new LogLinearHistogram());
        foreach (var (i, sample) in Samples(9, 10_000).Index())
        {
            (i % 3 == 0 ? left : right).Record(sample);
            all.Record(sample);
        }

        left.Add(right);

        Assert.Equal(all.Buckets, left.Buckets);
        Assert.Equal((all.Count, all.Min, all.Max), (left.Count, left.Min, left.Max));
        Assert.All(Parts, part => Assert.Equal(all.Quantile(part), left.Quantile(part)));
    }

    [Fact]
    public void What_cannot_be_told_is_not_made_up()
    {
        var histogram = new LogLinearHistogram();

        Assert.Equal(TimeSpan.Zero, histogram.Quantile(0.99));
        histogram.Record(TimeSpan.FromSeconds(-1));
        histogram.Record(TimeSpan.FromHours(5));
        Assert.Equal(TimeSpan.Zero, histogram.Quantile(0.5));
        Assert.Equal(TimeSpan.FromHours(5), histogram.Max);
    }

    [Fact]
    public void The_99th_of_a_hundred_is_the_99th_and_not_the_last()
    {
        var histogram = new LogLinearHistogram();
        for (var i = 1; i <= 100; i++)
        {
            histogram.Record(TimeSpan.FromTicks(i));
        }

        Assert.Equal(99, histogram.Quantile(0.99).Ticks);
    }

    [Theory]
    [InlineData(200, null, null, null, "200")]
    [InlineData(302, null, null, null, "200")]
    [InlineData(200, "sandglass; hit; ttl=12", null, null, "200")]
    [InlineData(200, "sandglass; hit; ttl=-3", null, null, "stale")]
    [InlineData(200, "sandglass; fwd=stale; stored", null, null, "200")]
    [InlineData(200, null, "sandglass; error=connection_limit_reached; details=\"shed\"", null, "stale")]
    [InlineData(200, null, null, "110 - \"Response is Stale\"", "stale")]
    [InlineData(429, null, "sandglass; error=http_request_denied", null, "429")]
    [InlineData(503, null, null, null, "503")]
    [InlineData(500, null, null, null, "other")]
    [InlineData(404, null, null, null, "other")]
    public void Outcomes_are_told_apart(int status, string? cache, string? proxy, string? warning, string expected)
    {
        Assert.Equal(expected, Outcomes.Of(status, asked: false, holds: true, Outcomes.IsStale(status, cache, proxy, warning)).Name());
    }

    [Theory]
    [InlineData(404, null, "200")]
    [InlineData(503, null, "200")]
    [InlineData(404, "sandglass; hit; ttl=-3", "stale")]
    public void A_refusal_that_was_asked_for_is_no_degraded_answer(int status, string? cache, string expected)
    {
        var stale = Outcomes.IsStale(status, cache, "sandglass; error=http_request_denied; details=\"no-route\"", null);
        Assert.Equal(expected, Outcomes.Of(status, asked: true, holds: true, stale).Name());
    }

    [Fact]
    public void Checks_decide_over_statuses()
    {
        Assert.Equal(Outcome.Ok, Outcomes.Of(404, asked: true, holds: true, stale: false));
        Assert.Equal(Outcome.Other, Outcomes.Of(200, asked: true, holds: false, stale: false));
        Assert.Equal(Outcome.TooMany, Outcomes.Of(429, asked: true, holds: false, stale: false));
    }
}
