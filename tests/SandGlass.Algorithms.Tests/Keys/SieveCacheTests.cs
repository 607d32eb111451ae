using SandGlass.Algorithms.Keys;

namespace SandGlass.Algorithms.Tests.Keys;

public class SieveCacheTests
{
    private static readonly object Value = new();

    [Fact]
    public void Finds_what_was_stored_and_not_what_was_removed()
    {
        var cache = new SieveCache<int, string>(160);
        cache.Set(1, "one", 10);
        Assert.True(cache.TryGet(1, out string? found) && found == "one");
        Assert.True(cache.Remove(1));
        Assert.False(cache.Remove(1));
        Assert.False(cache.TryGet(1, out _));
        Assert.Equal((0, 0L), (cache.Count, cache.Bytes));
    }

    [Fact]
    public void Replaces_a_value_and_its_cost()
    {
        var cache = new SieveCache<int, string>(160);
        cache.Set(1, "one", 10);
        cache.Set(1, "uno", 3);
        Assert.True(cache.TryGet(1, out string? found) && found == "uno");
        Assert.Equal((1, 3L), (cache.Count, cache.Bytes));
    }

    [Fact]
    public void Does_not_store_what_is_above_a_sixteenth_and_drops_the_stale_value()
    {
        var cache = new SieveCache<int, string>(160);
        cache.Set(1, "small", 10);
        cache.Set(1, "large", 11);
        Assert.False(cache.TryGet(1, out _));
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void Evicts_the_oldest_that_was_not_read()
    {
        var cache = new SieveCache<int, object>(16);
        for (int key = 0; key < 16; key++)
        {
            cache.Set(key, Value, 1);
        }

        cache.TryGet(0, out _);
        cache.TryGet(1, out _);
        cache.Set(100, Value, 1);
        Assert.Equal([true, true, false, true], new[] { 0, 1, 2, 100 }.Select(key => cache.TryGet(key, out _)));
    }

    [Fact]
    public void Keeps_the_hot_keys_through_a_scan()
    {
        var cache = new SieveCache<int, object>(1000);
        for (int step = 0; step < 100_000; step++)
        {
            Read(cache, step % 100);
            Read(cache, 1000 + step);
        }

        Assert.Equal(100, Enumerable.Range(0, 100).Count(key => cache.TryGet(key, out _)));
    }

    [Fact]
    public void Hits_more_than_least_recently_used_on_a_skewed_load_with_scans()
    {
        var random = new Random(7);
        var cache = new SieveCache<int, object>(1000);
        var lru = new LinkedList<int>();
        var nodes = new Dictionary<int, LinkedListNode<int>>();
        int sieveHits = 0, lruHits = 0;
        for (int step = 0; step < 200_000; step++)
        {
            int key = step % 3 == 0 ? 100_000 + step : (int)(10_000 * Math.Pow(random.NextDouble(), 3));
            sieveHits += Read(cache, key) ? 1 : 0;
            if (nodes.Remove(key, out LinkedListNode<int>? node))
            {
                lruHits++;
                lru.Remove(node);
            }
            else if (nodes.Count == 1000)
            {
                nodes.Remove(lru.Last!.Value);
                lru.RemoveLast();
            }

            nodes[key] = lru.AddFirst(key);
        }

        Assert.True(sieveHits > lruHits, $"sieve {sieveHits}, lru {lruHits}");
    }

    [Fact]
    public void Stays_within_its_bytes_whatever_comes()
    {
        var random = new Random(11);
        var cache = new SieveCache<int, object>(5000);
        var sizes = new Dictionary<int, long>();
        for (int step = 0; step < 50_000; step++)
        {
            int key = random.Next(500);
            switch (random.Next(10))
            {
                case 0:
                    cache.Remove(key);
                    sizes.Remove(key);
                    break;
                case < 5:
                    cache.TryGet(key, out _);
                    break;
                default:
                    sizes[key] = random.Next(0, 330);
                    cache.Set(key, Value, sizes[key]);
                    break;
            }

            Assert.InRange(cache.Bytes, 0, 5000);
        }

        int[] kept = [.. sizes.Keys.Where(key => cache.TryGet(key, out _))];
        Assert.Equal(cache.Count, kept.Length);
        Assert.Equal(cache.Bytes, kept.Sum(key => Math.Max(1, sizes[key])));
    }

    [Fact]
    public void Stays_whole_when_many_threads_use_it()
    {
        var cache = new SieveCache<int, object>(1000);
        Parallel.For(0, 4, seed =>
        {
            var random = new Random(seed);
            for (int step = 0; step < 20_000; step++)
            {
                int key = random.Next(3000);
                if (random.Next(10) == 0)
                {
                    cache.Remove(key);
                }
                else if (!cache.TryGet(key, out _))
                {
                    cache.Set(key, Value, 1 + (key % 60));
                }
            }
        });

        int[] kept = [.. Enumerable.Range(0, 3000).Where(key => cache.TryGet(key, out _))];
        Assert.Equal(cache.Count, kept.Length);
        Assert.Equal(cache.Bytes, kept.Sum(key => 1L + (key % 60)));
        Assert.InRange(cache.Bytes, 1, 1000);
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        var cache = new SieveCache<UInt128, object>(1000);
        cache.Set(5, Value, 1);
        Assert.Equal(0, Allocations.Of(() => cache.TryGet(5, out _)));
    }

    private static bool Read(SieveCache<int, object> cache, int key)
    {
        bool hit = cache.TryGet(key, out _);
        if (!hit)
        {
            cache.Set(key, Value, 1);
        }

        return hit;
    }
}
