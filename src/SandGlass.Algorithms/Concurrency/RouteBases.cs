namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// What a round trip takes on each route when nothing queues, and the round trips of the window under way. Ticks, by route slot.
/// R = Σ round trip / Σ base of its route: shedding changes the mix of routes, and a mean over all would take that for a slower backend.
/// 64 bytes a slot; 1,024 slots at most, further routes share them. The limit's lock guards it.
/// </summary>
internal sealed class RouteBases
{
    public const int MostSlots = 1024;

    // A base that rests on fewer is no base.
    private const int Trusted = 16;

    // From so many of its own on a gateway has no need of what others say: another gateway may be nearer to the backend.
    private const int OwnEnough = 256;

    // A base above so many times what the window's round trips took is no base.
    private const int MostTypical = 10;

    private Slot[] _slots = new Slot[8];
    private int _used;
    private int _tellers;
    private long _toldTrips, _toldWork;

    /// <summary>Round trips in the window.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// R as the backend itself says: Σ round trip / Σ (round trip − wait there) of those round trips that came with a word about it. 0 where
    /// fewer than half of the window did: then it is nothing to go by.
    /// </summary>
    public double ToldRatio => _tellers > 0 && 2 * _tellers >= Count ? (double)_toldTrips / Math.Max(1, _toldWork) : 0;

    /// <summary>Round trips that the bases rest on, those of other gateways included.</summary>
    public int Known { get; private set; }

    /// <summary>Ticks that all that ended in the window took together, well or not.</summary>
    public long Spent { get; private set; }

    /// <summary>What the round trips that the last <see cref="Ratio"/> is of take when nothing queues, together, ticks.</summary>
    public double Worth { get; private set; }

    /// <summary>The base of the last window's mix, ticks; 0 = unknown.</summary>
    public double Typical { get; private set; }

    /// <summary>
    /// How many times longer looks have found the last window's mix to take since its routes were last heard free: 1 = as long, 0 = unknown. Unlike a base it
    /// says the same on gateways with another mix of routes. What is learnt at the limit while nothing queues has no part in it: that is noise, and who followed the others in it followed it down.
    /// </summary>
    public double Stretch { get; private set; }

    /// <summary>A round trip; <paramref name="queued"/> of it is what the backend says it waited there, and below 0 or above it is no word.</summary>
    public void Add(int route, long roundTrip, long queued)
    {
        ref Slot slot = ref At(route);
        slot.Sum += roundTrip;
        slot.Count++;
        Count++;
        if (queued >= 0 && queued <= roundTrip)
        {
            slot.Work += roundTrip - queued;
            slot.Tellers++;
            _toldTrips += roundTrip;
            _toldWork += roundTrip - queued;
            _tellers++;
        }
    }

    /// <summary>Something has ended that took so many ticks.</summary>
    public void Spend(long roundTrip) => Spent += roundTrip;

    /// <summary>R of the window. Routes without a base do not speak; 1 when none has one.</summary>
    public double Ratio()
    {
        double sum = 0, bases = 0, known = 0, free = 0;
        int count = 0;
        foreach (ref readonly Slot slot in _slots.AsSpan(0, _used))
        {
            if (slot.Count > 0 && slot.AllKnown >= Trusted)
            {
                sum += slot.Sum;
                bases += slot.Count * slot.Believed;
                count += slot.Count;
                known += slot.Raised > 0 ? slot.Count * slot.Base : 0;
                free += slot.Raised > 0 ? slot.Count * slot.Base / slot.Raised : 0;
            }
        }

        if (bases <= 0)
        {
            Worth = 0;
            return 1;
        }

        // Routes without a base are taken for as long as the others are.
        Worth = bases * Count / count;

        // Who lends a base in another unit must not make windows of hours.
        Typical = Math.Min(bases, MostTypical * sum) / count;
        Stretch = free > 0 ? known / free : 0;
        return sum / bases;
    }

    /// <summary>
    /// Nothing waited before the backend: the bases follow, over 2,000 round trips, none more than 3× at once. <paramref name="isAlone"/>: nobody lends any more, so
    /// what was lent gives way to its own where there is enough of that.
    /// </summary>
    public void LearnFree(bool isAlone)
    {
        foreach (ref Slot slot in Window())
        {
            double mean = slot.Mean;
            Learn(ref slot, slot.Count, slot.Known >= Trusted ? Math.Min(mean, 3 * slot.Base) : mean, 2000);
            slot.HeardFree();
            if (isAlone && slot.LentKnown > 0 && slot.Known >= Trusted)
            {
                // Not forgotten that much is known: a fleet whose Redis is away for a moment must not begin anew.
                slot.Lent = slot.Base;
            }
        }
    }

    /// <summary>The backend says how much of each round trip was work: the bases follow, whether something queues or not, over 500.</summary>
    public void LearnTold()
    {
        foreach (ref Slot slot in Window())
        {
            if (slot.Tellers > 0)
            {
                Learn(ref slot, slot.Tellers, (double)slot.Work / slot.Tellers, 500);
                slot.HeardFree();
            }
        }
    }

    /// <summary>The limit was reached, but nothing queued behind it: the bases follow slowly.</summary>
    public void LearnFull()
    {
        foreach (ref Slot slot in Window())
        {
            Learn(ref slot, slot.Count, slot.Mean, 4000);
            slot.Bound();
        }
    }

    /// <summary>
    /// Routes first met while the backend queues: their share of the queue, <paramref name="ratio"/>, is taken off. <paramref name="all"/>: of every route, where
    /// little is known of any.
    /// </summary>
    public void LearnNew(double ratio, bool all = false)
    {
        foreach (ref Slot slot in Window())
        {
            if (slot.Count > 0 && (all || slot.AllKnown < Trusted))
            {
                Learn(ref slot, slot.Count, slot.Mean / Math.Max(1, ratio), 2000);
            }
        }
    }

    /// <summary>All bases × <paramref name="factor"/>, but none above 3× of what it was when it was last learnt free.</summary>
    public void Scale(double factor)
    {
        foreach (ref Slot slot in Window())
        {
            if (factor > 1 && slot.Free <= 0)
            {
                // First met in a flood: nobody has heard it free, and yet there is an end.
                slot.HeardFree();
            }

            double scaled = slot.Free > 0 ? Math.Min(slot.Base * factor, 3 * slot.Free) : slot.Base * factor;
            slot.Raised *= slot.Base > 0 ? scaled / slot.Base : 1;
            slot.Base = scaled;
            slot.Lent *= factor;
            slot.Bound();
        }

        Typical *= factor;
        Stretch *= factor;
    }

    /// <summary>What looks have raised, × <paramref name="factor"/> &lt; 1, but to what it was before them at the least: the others have not found the same.</summary>
    public void Draw(double factor)
    {
        foreach (ref Slot slot in Window())
        {
            if (slot.Raised > 1)
            {
                double drawn = Math.Max(factor, 1 / slot.Raised);
                slot.Base *= drawn;
                slot.Raised *= drawn;
            }
        }

        Stretch = Math.Max(1, Stretch * factor);
    }

    /// <summary>Nothing is known of any route any more.</summary>
    public void Forget()
    {
        foreach (ref Slot slot in Window())
        {
            slot.Base = slot.Free = slot.Raised = slot.Lent = 0;
            slot.Known = slot.LentKnown = 0;
        }

        Known = 0;
        Stretch = 0;
    }

    /// <summary>Empties the window.</summary>
    public void Clear()
    {
        foreach (ref Slot slot in Window())
        {
            slot.Sum = slot.Work = 0;
            slot.Count = slot.Tellers = 0;
        }

        Count = _tellers = 0;
        Spent = 0;
        _toldTrips = _toldWork = 0;
    }

    /// <summary>Ticks; 0 while unknown.</summary>
    public double BaseOf(int route)
    {
        int index = (int)((uint)route % MostSlots);
        return index < _used && _slots[index].AllKnown >= Trusted ? _slots[index].Believed : 0;
    }

    /// <summary>What this gateway itself has learnt of a route: ticks, and the round trips it rests on.</summary>
    public (double Base, int Known) OwnOf(int route)
    {
        int index = (int)((uint)route % MostSlots);
        return index < _used ? (_slots[index].Base, _slots[index].Known) : (0, 0);
    }

    /// <summary>What other gateways have learnt of a route, which counts for as long as this one knows little of it.</summary>
    public void Lend(int route, double ticks, int known)
    {
        ref Slot slot = ref At(route);
        Known -= slot.AllKnown;
        (slot.Lent, slot.LentKnown) = (ticks, known);
        Known += slot.AllKnown;
    }

    private ref Slot At(int route)
    {
        int index = (int)((uint)route % MostSlots);
        if (index >= _used)
        {
            _used = index + 1;
            if (_used > _slots.Length)
            {
                Array.Resize(ref _slots, Math.Max(_used, _slots.Length * 2));
            }
        }

        return ref _slots[index];
    }

    private Span<Slot> Window() => _slots.AsSpan(0, _used);

    private void Learn(ref Slot slot, int count, double mean, int over)
    {
        if (count == 0)
        {
            return;
        }

        int known = Math.Min(slot.Known + count, over);
        slot.Base += Math.Min(1, (double)count / known) * (mean - slot.Base);
        Known -= slot.AllKnown;
        slot.Known = known;
        Known += slot.AllKnown;
    }

    private struct Slot
    {
        // Free: the base when the limit was last not reached. Raised: what looks have multiplied it by since, as far as it is above that yet; 0 = never heard free.
        public double Base, Free, Raised, Lent;
        public long Sum, Work;
        public int Count, Known, LentKnown, Tellers;

        public readonly double Mean => Count > 0 ? (double)Sum / Count : 0;

        // With what other gateways have learnt, as long as there is need of it.
        public readonly int AllKnown => Known + Borrowed;

        public readonly double Believed => Borrowed == 0 ? Base : ((Known * Base) + (Borrowed * Lent)) / AllKnown;

        public void HeardFree() => (Free, Raised) = (Base, Base > 0 ? 1 : 0);

        // What a look gave back of what was learnt too low has raised nothing.
        public void Bound() => Raised = Free > 0 ? Math.Min(Raised, Math.Max(1, Base / Free)) : Raised;

        private readonly int Borrowed => Math.Min(LentKnown, Math.Max(0, OwnEnough - Known));
    }
}
