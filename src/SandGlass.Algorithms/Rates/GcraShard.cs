namespace SandGlass.Algorithms.Rates;

/// <summary>
/// One part of a <see cref="GcraTable"/>: open addressing over slots of 16 bytes, with a lock of its own that holds no callback.
/// A key lives in the <see cref="Window"/> slots from its home on, before the first empty one; slots are never emptied, only taken over,
/// so a search may stop at an empty slot. A slot whose TAT is past says nothing a new bucket would not say, and is taken over freely.
/// </summary>
internal sealed class GcraShard(int share, int shardBits)
{
    // 64 slots are 1 KB read in a row. 16 were tried: a window fills up by chance at a third of the load, so a growing table
    // would waste two thirds of its slots (and a full one would choose its victims from fewer).
    private const int Window = 64;
    private const int FirstSize = 32;

    private readonly Lock _lock = new();
    private Slot[] _slots = [];
    private int _count;
    private long _evictions;

    private struct Slot
    {
        public ulong Key;
        public long Tat;
    }

    public int Count => Volatile.Read(ref _count);

    public long Bytes => 16L * Volatile.Read(ref _slots).Length;

    public long Evictions => Volatile.Read(ref _evictions);

    public RateAnswer Take(in GcraPlan plan, ulong key, long now, long cost)
    {
        lock (_lock)
        {
            int at = Find(key);
            if (at >= 0)
            {
                return Gcra.Decide(plan, ref _slots[at].Tat, now, cost);
            }

            long tat = now;
            RateAnswer answer = Gcra.Decide(plan, ref tat, now, cost);
            if (tat > now)
            {
                Keep(key, tat, now);
            }

            return answer;
        }
    }

    public RateAnswer Peek(in GcraPlan plan, ulong key, long now, long cost)
    {
        lock (_lock)
        {
            int at = Find(key);
            long tat = at >= 0 ? _slots[at].Tat : now;
            return Gcra.Decide(plan, ref tat, now, cost);
        }
    }

    public void Refund(in GcraPlan plan, ulong key, long cost)
    {
        lock (_lock)
        {
            int at = Find(key);
            if (at >= 0)
            {
                Gcra.Refund(plan, ref _slots[at].Tat, cost);
            }
        }
    }

    private int Find(ulong key)
    {
        Slot[] slots = _slots;
        int at = Home(key, slots.Length);
        for (int step = Math.Min(Window, slots.Length); step > 0; step--)
        {
            if (slots[at].Key == key)
            {
                return at;
            }

            if (slots[at].Key == 0)
            {
                return -1;
            }

            at = at + 1 == slots.Length ? 0 : at + 1;
        }

        return -1;
    }

    /// <summary>Stores a key that <see cref="Find"/> did not find: in a free slot, by growing, or in place of the least debt.</summary>
    private void Keep(ulong key, long tat, long now)
    {
        int at = Place(_slots, key, now, out bool free);
        while (!free && _slots.Length < share)
        {
            Grow(now);
            at = Place(_slots, key, now, out free);
        }

        if (free)
        {
            _count += _slots[at].Key == 0 ? 1 : 0;
            _slots[at] = new Slot { Key = key, Tat = tat };
            return;
        }

        // Somebody's debt is forgotten: the smallest in reach, be it the newcomer's own.
        _evictions++;
        if (_slots[at].Tat <= tat)
        {
            _slots[at] = new Slot { Key = key, Tat = tat };
        }
    }

    /// <summary>The first expired slot of the key's window, else the empty one that ends it, else (not free) the one with the least debt.</summary>
    private int Place(Slot[] slots, ulong key, long now, out bool free)
    {
        int at = Home(key, slots.Length), least = at;
        for (int step = Math.Min(Window, slots.Length); step > 0; step--)
        {
            if (slots[at].Key == 0 || slots[at].Tat <= now)
            {
                free = true;
                return at;
            }

            least = slots[at].Tat < slots[least].Tat ? at : least;
            at = at + 1 == slots.Length ? 0 : at + 1;
        }

        free = false;
        return least;
    }

    /// <summary>Half as many slots again, up to the share; what has expired stays behind. Takes about 10 ns a slot under the lock.</summary>
    private void Grow(long now)
    {
        int length = (int)Math.Min(share, Math.Max(FirstSize, _slots.Length * 3L / 2));
        var grown = new Slot[length];
        int count = 0;
        foreach (Slot slot in _slots)
        {
            if (slot.Key == 0 || slot.Tat <= now)
            {
                continue;
            }

            int at = Place(grown, slot.Key, now, out bool free);
            count += free ? 1 : 0;
            _evictions += free ? 0 : 1;
            if (free || grown[at].Tat <= slot.Tat)
            {
                grown[at] = slot;
            }
        }

        _count = count;
        Volatile.Write(ref _slots, grown);
    }

    // The shard was chosen by the highest bits, so they are the same for all keys here; the ones below them spread.
    private int Home(ulong key, int length) => (int)Math.BigMul(key << shardBits, (ulong)length, out _);
}
