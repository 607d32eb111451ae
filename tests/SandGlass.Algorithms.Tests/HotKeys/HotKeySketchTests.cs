using System.Collections;
using System.Globalization;
using SandGlass.Algorithms.HotKeys;

namespace SandGlass.Algorithms.Tests.HotKeys;

/// <summary>SANDGLASS_REQUESTS=40000000 makes the search one among more than ten million distinct keys; what it found goes to the test's output.</summary>
public class HotKeySketchTests(ITestOutputHelper output)
{
    private const long Second = 1_000_003;

    private static readonly HotKeyPlan Plan = new(50, 0.001, Second);

    private readonly Random _random = new(7);

    /// <summary>
    /// The truth is what the sketch would have with room for all: exact counts, halved at the same moments. Of those that have the hundredth's count
    /// each is as right as another. Looked at some twenty times, at any moment between two halvings.
    /// </summary>
    [Theory]
    [InlineData(1_000_000)]
    [InlineData(50_000)]
    public void Finds_the_hundred_most_asked_for_among_millions(int perSecond)
    {
        const int Keys = 1_000_000_000;
        int requests = int.Parse(Environment.GetEnvironmentVariable("SANDGLASS_REQUESTS") ?? "4000000", CultureInfo.InvariantCulture);
        var seen = new BitArray(Keys);
        int distinct = 0, look = 2 * perSecond;
        var sketch = new HotKeySketch();
        int[] truth = new int[2_000];
        double all = 0;
        List<int> recalls = [];
        for (int i = 0; i < requests; i++)
        {
            if (i > 0 && i % perSecond == 0)
            {
                all /= 2;
                foreach (ref int count in truth.AsSpan())
                {
                    count >>= 1;
                }
            }

            // Zipf with exponent 1: the logarithm of the rank is even.
            int rank = (int)Math.Exp(_random.NextDouble() * Math.Log(Keys));
            if (rank < truth.Length)
            {
                truth[rank]++;
            }

            all++;
            distinct += seen[rank] ? 0 : 1;
            seen[rank] = true;
            long now = i * Second / perSecond;
            sketch.Add(Plan, Spread(rank), now, _random.NextDouble());
            if (i == look || i == requests - 1)
            {
                look += 1 + _random.Next(requests / 10);
                Look(now);
            }
        }

        Assert.InRange(sketch.Bytes, 1, 1 << 20);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"of 100: {recalls.Min()} at worst, {recalls.Average():0.0} on average of {recalls.Count} looks, among {distinct} distinct keys in {requests} requests, {perSecond} a second, {sketch.Bytes} bytes"));
        Assert.InRange(recalls.Min(), 98, 100);

        void Look(long now)
        {
            HotKey[] found = [.. sketch.Top(Plan, now).Take(100)];
            int hundredth = truth.OrderDescending().ElementAt(99);
            HashSet<ulong> real = [.. Enumerable.Range(0, truth.Length).Where(rank => truth[rank] >= hundredth).Select(Spread)];
            recalls.Add(found.Count(key => real.Contains(key.Key)));
            Assert.InRange(found[0].Share / (truth.Max() / all), 0.98, 1.02);
        }
    }

    [Fact]
    public void Knows_a_key_with_one_percent_of_the_traffic_within_two_tenths_of_a_second()
    {
        var sketch = new HotKeySketch();
        long hotAt = -1;
        for (long now = 0; now < 3 * Second && hotAt < 0; now += Second / 50_000)
        {
            bool heats = now >= Second && _random.Next(100) == 0;
            hotAt = sketch.Add(Plan, heats ? 42UL : Spread(_random.Next(10_000_000)), now, _random.NextDouble()).IsHot ? now : hotAt;
        }

        Assert.InRange((double)(hotAt - Second) / Second, 0.05, 0.2);
    }

    [Fact]
    public void Knows_a_key_at_twice_the_mark_within_a_second_and_none_below_it()
    {
        var sketch = new HotKeySketch();
        long hotAt = -1;
        for (int step = 0; step < 10_000; step++)
        {
            long now = step * Second / 1000;
            sketch.Add(Plan, Spread(step), now, _random.NextDouble());
            if (step % 10 == 0)
            {
                hotAt = sketch.Add(Plan, 1, now, 0).IsHot && hotAt < 0 ? now : hotAt;
            }

            Assert.False(step % 25 == 0 && sketch.Add(Plan, 2, now, 0).IsHot);
        }

        Assert.InRange((double)hotAt / Second, 0, 1);
    }

    [Fact]
    public void Does_not_call_a_key_hot_that_is_a_small_part_of_the_traffic()
    {
        var sketch = new HotKeySketch();
        HotKeyPlan strict = Plan with { Share = 0.05 };
        for (int step = 0; step < 20_000; step++)
        {
            long now = step * Second / 10_000;
            sketch.Add(strict, Spread(step), now, _random.NextDouble());
            Assert.False(step % 50 == 0 && sketch.Add(strict, 1, now, 0).IsHot);
        }
    }

    [Fact]
    public void Stays_hot_above_half_of_the_mark_and_cools_below()
    {
        var sketch = new HotKeySketch();
        long now = 0;
        Ask(100, 3);
        Assert.True(sketch.Add(Plan, 1, now, 0).IsHot);
        Ask(30, 5);
        Assert.True(sketch.Add(Plan, 1, now, 0).IsHot);
        Ask(15, 5);
        Assert.False(sketch.Add(Plan, 1, now, 0).IsHot);

        void Ask(int perSecond, int seconds)
        {
            for (int i = 0; i < perSecond * seconds; i++)
            {
                sketch.Add(Plan, 1, now += Second / perSecond, 0);
            }
        }
    }

    [Fact]
    public void Forgets_what_nobody_asks_for_any_more()
    {
        var sketch = new HotKeySketch();
        for (int i = 0; i < 1000; i++)
        {
            sketch.Add(Plan, 1, 0, 0);
        }

        Assert.InRange(Assert.Single(sketch.Top(Plan, Second / 2)).PerSecond, 600, 700);
        Assert.Empty(sketch.Top(Plan, 12 * Second));
        Assert.False(sketch.Add(Plan, 1, 13 * Second, 0).IsHot);
    }

    [Fact]
    public void Asks_once_for_a_name_and_tells_it()
    {
        var sketch = new HotKeySketch();
        Assert.True(sketch.Add(Plan, 1, 0, 0).IsNameless);
        sketch.Call(1, "sku-1");
        sketch.Call(2, "nobody asked for this");

        Assert.False(sketch.Add(Plan, 1, 0, 0).IsNameless);
        Assert.Equal("sku-1", Assert.Single(sketch.Top(Plan, 0)).Label);
    }

    [Fact]
    public void Misses_no_request_of_a_key_among_the_largest_though_others_had_its_cells()
    {
        var sketch = new HotKeySketch(top: 2, width: 1);
        Ask(1, 10);
        Ask(2, 10);
        Ask(1, 5);

        Assert.Equal((1UL, 15.0), sketch.Top(Plan, 0).Select(static key => (key.Key, key.PerSecond)).First());

        // A roll of 0 wears off what others have.
        void Ask(ulong key, int times)
        {
            for (int i = 0; i < times; i++)
            {
                sketch.Add(Plan, key, 0, 0);
            }
        }
    }

    [Fact]
    public void Counts_nothing_twice_and_loses_little_when_many_ask_at_once()
    {
        var sketch = new HotKeySketch();
        Parallel.For(0, 4, worker =>
        {
            var random = new Random(worker);
            for (int i = 0; i < 50_000; i++)
            {
                sketch.Add(Plan, Spread(random.Next(1_000)), 0, random.NextDouble());
            }
        });

        IReadOnlyList<HotKey> top = sketch.Top(Plan, 0);
        Assert.Equal(128, top.Count);
        Assert.Equal(128, top.Select(static k => k.Key).Distinct().Count());
        // What was missed is in the rate again: each has one in a thousand of 200,000.
        Assert.All(top, static key => Assert.InRange(key.PerSecond, 100, 320));
    }

    private static ulong Spread(int rank)
    {
        ulong x = ((ulong)rank + 1) * 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
