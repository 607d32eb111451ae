using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace SandGlass.Algorithms.Rates;

/// <summary>
/// One part of a <see cref="RateTable{TPlan,TState,TAlgorithm}"/>: open addressing over slots of a key and its state, with a lock of its
/// own that holds no callback. A key lives in the <see cref="Window"/> slots from its home on, before the first empty one; slots are never
/// emptied, only taken over, so a search may stop at an empty slot. A slot without debt says nothing a new one would not say, and is taken
/// over freely. How often a key was refused is counted, up to seven, in the lowest bits of the slot's key, which therefore are none of it: where room
/// must be made, who was refused least goes first, so an abuser that goes on trying is kept through a flood of fresh keys, even where each of them
/// owes as much as he does. What the least of all in reach has, all lose then, so that the counts follow the times (as CLOCK's second chance does).
/// </summary>
internal sealed class RateShard<TPlan, TState, TAlgorithm>(int share, int shardBits)
    where TPlan : struct, IRatePlan<TPlan>
    where TState : unmanaged
    where TAlgorithm : IRateAlgorithm<TPlan, TState>
{
    // 64 slots are 1 KB read in a row. 16 were tried: a window fills up by chance at a third of the load, so a growing table
    // would waste two thirds of its slots (and a full one would choose its victims from fewer).
    private const int Window = 64;
    private const int FirstSize = 32;
    private const int LineBytes = 64;
    private const ulong Refusals = RateTable.Refusals;

    private SpinLock _lock = new(enableThreadOwnerTracking: false);
    private Slot[] _slots = [];
    private int _count;
    private long _evictions;

    /// <summary>
    /// The shard, held for some hundred nanoseconds. It is given back with a plain store: an interlocked one, as of <see cref="Lock"/>, waits for the slot's line to
    /// arrive from memory, and the walk for the next key waits with it.
    /// </summary>
    private readonly ref struct Held
    {
        private readonly ref SpinLock _lock;

        public Held(ref SpinLock spin)
        {
            _lock = ref spin;
            bool taken = false;
            _lock.Enter(ref taken);
        }

        public void Dispose() => _lock.Exit(useMemoryBarrier: false);
    }

    private struct Slot
    {
        public ulong Key;
        public TState State;
    }

    public int Count => Volatile.Read(ref _count);

    public long Bytes => (long)Unsafe.SizeOf<Slot>() * Volatile.Read(ref _slots).Length;

    public long Evictions => Volatile.Read(ref _evictions);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RateAnswer Take(in TPlan plan, ulong key, long now, long cost)
    {
        Prefetch(key);
        using var held = new Held(ref _lock);
        int at = Find(key);
        if (at >= 0)
        {
            RateAnswer known = TAlgorithm.Decide(plan, ref _slots[at].State, now, cost);
            if (!known.Admitted && (_slots[at].Key & Refusals) < Refusals)
            {
                _slots[at].Key++;
            }

            return known;
        }

        TState state = TAlgorithm.Rested(plan, now);
        RateAnswer answer = TAlgorithm.Decide(plan, ref state, now, cost);
        if (TAlgorithm.Debt(plan, state, now) > 0)
        {
            Keep(plan, key, state, now);
        }

        return answer;
    }

    public RateAnswer Peek(in TPlan plan, ulong key, long now, long cost)
    {
        using var held = new Held(ref _lock);
        int at = Find(key);
        TState state = at >= 0 ? _slots[at].State : TAlgorithm.Rested(plan, now);
        return TAlgorithm.Decide(plan, ref state, now, cost);
    }

    /// <summary>False: the key owes nothing here, so there is nothing to give back.</summary>
    public bool Refund(in TPlan plan, ulong key, long now, long cost)
    {
        using var held = new Held(ref _lock);
        int at = Find(key);
        if (at < 0 || TAlgorithm.Debt(plan, _slots[at].State, now) <= 0)
        {
            return false;
        }

        TAlgorithm.Refund(plan, ref _slots[at].State, now, cost);
        return true;
    }

    /// <summary>
    /// Asks the processor for the first two lines in which the key's slot may stand: among a million keys each is a walk to memory, and so
    /// the walks overlap with each other and with taking the lock. A hint: that the slots grow or move meanwhile does no harm.
    /// </summary>
    private unsafe void Prefetch(ulong key)
    {
        Slot[] slots = _slots;
        if (Sse.IsSupported && slots.Length > 0)
        {
            byte* home = (byte*)Unsafe.AsPointer(ref slots[Home(key, slots.Length)]);
            Sse.Prefetch0(home);
            Sse.Prefetch0(home + LineBytes);
        }
    }

    private int Find(ulong key)
    {
        Slot[] slots = _slots;
        int at = Home(key, slots.Length);
        for (int step = Math.Min(Window, slots.Length); step > 0; step--)
        {
            ulong found = slots[at].Key & ~Refusals;
            if (found == key)
            {
                return at;
            }

            if (found == 0)
            {
                return -1;
            }

            at = at + 1 == slots.Length ? 0 : at + 1;
        }

        return -1;
    }

    /// <summary>Stores a key that <see cref="Find"/> did not find: in a free slot, by growing, or in place of the least debt.</summary>
    private void Keep(in TPlan plan, ulong key, in TState state, long now)
    {
        int at = Place(plan, _slots, Home(key, _slots.Length), now, out bool free);
        while (!free && _slots.Length < share)
        {
            Grow(plan, now);
            at = Place(plan, _slots, Home(key, _slots.Length), now, out free);
        }

        if (free)
        {
            _count += _slots[at].Key == 0 ? 1 : 0;
            _slots[at] = new Slot { Key = key, State = state };
            return;
        }

        // Somebody's debt is forgotten: the smallest in reach, be it the newcomer's own.
        _evictions++;
        if (TAlgorithm.Debt(plan, _slots[at].State, now) <= TAlgorithm.Debt(plan, state, now))
        {
            _slots[at] = new Slot { Key = key, State = state };
        }
    }

    /// <summary>The first expired slot of the key's window, else the empty one that ends it, else (not free) who was refused least, and of those the one with the least debt.</summary>
    private static int Place(in TPlan plan, Slot[] slots, int home, long now, out bool free)
    {
        int at = home, least = at;
        long smallest = long.MaxValue;
        ulong fewest = ulong.MaxValue;
        for (int step = Math.Min(Window, slots.Length); step > 0; step--)
        {
            long debt = slots[at].Key == 0 ? 0 : TAlgorithm.Debt(plan, slots[at].State, now);
            if (debt <= 0)
            {
                free = true;
                return at;
            }

            ulong refused = slots[at].Key & Refusals;
            if (refused < fewest || (refused == fewest && debt < smallest))
            {
                (least, smallest, fewest) = (at, debt, refused);
            }

            at = at + 1 == slots.Length ? 0 : at + 1;
        }

        free = false;
        if (fewest > 0)
        {
            Forgive(slots, home, fewest);
        }

        return least;
    }

    private static void Forgive(Slot[] slots, int at, ulong refusals)
    {
        for (int step = Math.Min(Window, slots.Length); step > 0; step--)
        {
            slots[at].Key -= refusals;
            at = at + 1 == slots.Length ? 0 : at + 1;
        }
    }

    /// <summary>Half as many slots again, up to the share; what has expired stays behind. Takes about 10 ns a slot under the lock.</summary>
    private void Grow(in TPlan plan, long now)
    {
        int length = (int)Math.Min(share, Math.Max(FirstSize, _slots.Length * 3L / 2));
        var grown = new Slot[length];
        int count = 0;
        foreach (Slot slot in _slots)
        {
            if (slot.Key == 0 || TAlgorithm.Debt(plan, slot.State, now) <= 0)
            {
                continue;
            }

            int at = Place(plan, grown, Home(slot.Key & ~Refusals, length), now, out bool free);
            count += free ? 1 : 0;
            _evictions += free ? 0 : 1;
            if (free || TAlgorithm.Debt(plan, grown[at].State, now) <= TAlgorithm.Debt(plan, slot.State, now))
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
