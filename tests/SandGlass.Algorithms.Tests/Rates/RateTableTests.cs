using SandGlass.Algorithms.Keys;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class RateTableTests
{
    private static readonly GcraPlan Plan = new(10, 50);

    private static ulong Key(long number) => SipHash.Hash(new SipKey(3, 5), BitConverter.GetBytes(number));

    [Fact]
    public void Keeps_a_bucket_for_each_key()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(1000);
        Assert.Equal(5, Enumerable.Range(0, 9).Count(_ => table.Take(Plan, 1, 0).Admitted));
        Assert.Equal(5, Enumerable.Range(0, 9).Count(_ => table.Take(Plan, 2, 0).Admitted));
        Assert.Equal(5, Enumerable.Range(0, 9).Count(_ => table.Take(Plan, 0, 0).Admitted));
        Assert.Equal(3, table.Count);
    }

    [Fact]
    public void Decides_for_every_key_as_a_dictionary_of_buckets_would()
    {
        var random = new Random(42);
        var table = new RateTable<GcraPlan, long, Gcra>(100_000);
        var reference = new Dictionary<ulong, long>();
        long now = -5000;
        for (int step = 0; step < 300_000; step++)
        {
            now += random.Next(3) == 0 ? 1 : 0;
            ulong key = (ulong)(20_000 * Math.Pow(random.NextDouble(), 4));
            long cost = random.Next(4), tat = reference.GetValueOrDefault(key, long.MinValue), peeked = tat;
            Assert.Equal(Gcra.Decide(Plan, ref peeked, now, cost), table.Peek(Plan, key, now, cost));
            Assert.Equal(Gcra.Decide(Plan, ref tat, now, cost), table.Take(Plan, key, now, cost));
            if (random.Next(10) == 0 && tat > now)
            {
                Gcra.Refund(Plan, ref tat, now: 0, cost: 1);
                table.Refund(Plan, key, now, 1);
            }

            reference[key] = tat;
        }

        Assert.Equal(0, table.Evictions);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(1_500_000)]
    [InlineData(3_000_000)]
    [InlineData(10_000_000)]
    public void Holds_a_million_keys_in_at_most_40_bytes_each(int maxKeys)
    {
        var table = new RateTable<GcraPlan, long, Gcra>(maxKeys);
        for (int i = 0; i < 1_000_000; i++)
        {
            Assert.True(table.Take(Plan, Key(i), 0).Admitted);
        }

        Assert.InRange(table.Count, 900_000, maxKeys);
        Assert.InRange(table.Bytes, 16_000_000 * 0.95, 40.0 * 1_000_000);
        Assert.True(table.Bytes <= 16L * maxKeys);
        Assert.Equal(1_000_000, table.Count + table.Evictions);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20_000)]
    public void Keeps_refusing_an_abuser_through_a_flood_of_fresh_keys(int maxKeys)
    {
        var table = new RateTable<GcraPlan, long, Gcra>(maxKeys);
        while (table.Take(Plan, 99, 0).Admitted)
        {
        }

        for (int i = 0; i < 10 * maxKeys; i++)
        {
            Assert.True(table.Take(Plan, Key(i), 0).Admitted);
            Assert.False(i % 100 == 0 && table.Take(Plan, 99, 0).Admitted);
        }

        Assert.False(table.Take(Plan, 99, 0).Admitted);
        Assert.InRange(table.Count, maxKeys * 0.95, maxKeys);
        Assert.True(table.Evictions > 8 * maxKeys);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(5, 1)]
    [InlineData(5, 5)]
    public void Keeps_refusing_an_abuser_that_goes_on_trying_though_each_fresh_key_owes_as_much_or_more(int burst, int each)
    {
        // One a minute in ticks of a second; ten fresh keys a second fill the table again and again before the abuser may have the next.
        var plan = new GcraPlan(60, 60 * burst);
        var table = new RateTable<GcraPlan, long, Gcra>(200);
        while (table.Take(plan, Key(-1), 0).Admitted)
        {
        }

        int key = 0, admitted = 0;
        for (long now = 1; now < 60; now++)
        {
            for (int i = 0; i < 10; i++)
            {
                key++;
                for (int n = 0; n < each; n++)
                {
                    table.Take(plan, Key(key), now);
                }

                admitted += table.Take(plan, Key(-1), now).Admitted ? 1 : 0;
            }
        }

        Assert.Equal(0, admitted);
        Assert.True(table.Evictions > 200);
        Assert.True(table.Take(plan, Key(-1), 60).Admitted);
    }

    [Fact]
    public void Gives_nothing_back_to_who_owes_nothing()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(100);
        Assert.False(table.Refund(Plan, 7, 0, 1));
        table.Take(Plan, 7, 0);
        Assert.True(table.Refund(Plan, 7, 0, 1));
        Assert.False(table.Refund(Plan, 7, 0, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(8193)]
    public void Never_has_more_slots_than_it_may(int maxKeys)
    {
        var table = new RateTable<GcraPlan, long, Gcra>(maxKeys);
        for (int i = 0; i < 5 * maxKeys; i++)
        {
            table.Take(Plan, Key(i), i / 1000);
        }

        Assert.InRange(table.Count, 1, maxKeys);
        Assert.InRange(table.Bytes, 16, 16L * maxKeys);
    }

    [Fact]
    public void Forgets_the_newcomer_when_everybody_in_reach_owes_more()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(1);
        Assert.True(table.Take(Plan, 1, 0, 5).Admitted);
        Assert.True(table.Take(Plan, 2, 0).Admitted);
        Assert.Equal(new RateAnswer(true, 4, 10, 0), table.Peek(Plan, 2, 0));
        Assert.False(table.Take(Plan, 1, 0).Admitted);
        Assert.Equal((1, 1L), (table.Count, table.Evictions));
        Assert.True(table.Take(Plan, 2, 45).Admitted);
        Assert.Equal(4, table.Peek(Plan, 1, 45).Remaining);
    }

    [Fact]
    public void Uses_again_what_has_expired_instead_of_growing()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(1_000_000);
        for (int round = 0; round < 50; round++)
        {
            for (int i = 0; i < 2000; i++)
            {
                Assert.True(table.Take(Plan, Key((round * 2000) + i), round * 100).Admitted);
            }
        }

        Assert.Equal(0, table.Evictions);
        Assert.InRange(table.Bytes, 0, 16 * 16_000);
    }

    [Fact]
    public void Starts_small_and_stores_nothing_for_those_who_only_look()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(1_000_000);
        Assert.Equal(new RateAnswer(true, 4, 10, 0), table.Peek(Plan, 7, 0));
        Assert.False(table.Take(Plan, 7, 0, 6).Admitted);
        table.Refund(Plan, 7, 0, 3);
        Assert.Equal((0, 0L), (table.Count, table.Bytes));
    }

    [Fact]
    public void Keeps_the_debt_when_the_plan_changes()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(100);
        table.Take(Plan, 7, 0, 5);
        Assert.Equal(new RateAnswer(false, 0, 50, 30), table.Take(new GcraPlan(20, 40), 7, 0));
        Assert.Equal(new RateAnswer(true, 9, 51, 0), table.Take(new GcraPlan(1, 60), 7, 0));
    }

    [Fact]
    public void Allocates_nothing_for_a_key_it_knows()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(100);
        table.Take(Plan, 7, 0);
        Assert.Equal(0, Allocations.Of(() =>
        {
            table.Take(Plan, 7, 100);
            table.Peek(Plan, 7, 100);
            table.Refund(Plan, 7, 0, 1);
        }));
    }

    [Fact]
    public void Admits_exactly_the_burst_to_many_threads()
    {
        var table = new RateTable<GcraPlan, long, Gcra>(100);
        int admitted = 0;
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                if (table.Take(new GcraPlan(1, 10_000), 7, 0).Admitted)
                {
                    Interlocked.Increment(ref admitted);
                }
            }
        });
        Assert.Equal(10_000, admitted);
    }
}
