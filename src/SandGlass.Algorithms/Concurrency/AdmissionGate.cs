namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Before a backend: as many permits as the limit says, and in front of them a bounded queue that knows who matters
/// (<see cref="GateAsk"/>): strict priority, the worst waiter pushed out of a full queue for anybody before it, a floor so that no class
/// starves, and for each chain what it does not lend (design: algorithms.md §1, the strict-priority push-out queue).
/// <para>
/// While nobody waits, entering and leaving is one interlocked step on <see cref="InFlight"/> and allocates nothing.
/// The queue has a private lock; neither the limit nor a waiter's continuation runs inside it. Who leaves gives the permit back
/// and then looks at the queue; who queues joins it and then looks for a permit: with a full fence between the two steps on
/// either side, one of them sees the other, and no waiter is left beside a free permit.
/// A limit that grows at the very moment somebody queues may be seen late; <see cref="Expire"/> sees to that.
/// </para>
/// </summary>
public sealed class AdmissionGate(IConcurrencyLimit limit)
{
    private const int PoolSize = 256;

    private readonly Lock _lock = new();
    private readonly GateQueue _queue = new();
    private readonly ClassFloor _floor = new();
    private readonly RefusalRate _refusals = new();
    private Bridge _bridge;
    private long _earliest = long.MaxValue;
    private GateTicket? _pool;
    private int _pooled;
    private int _inFlight;

    /// <summary>Permits out.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Waiters.</summary>
    public int Queued => _queue.Count;

    /// <summary>The limit as it is now.</summary>
    public int LimitNow(in GatePlan plan) => limit.Current(plan.Limit);

    /// <summary>Waiters at most, as it is now; the patient classes have more room.</summary>
    public int CapacityNow(in GatePlan plan) =>
        plan.QueueCapacity <= 0 ? 0 : Math.Max(plan.QueueCapacity, (int)(plan.QueueSeconds * limit.Throughput));

    /// <summary>
    /// The way while there is room: true, and a permit is taken (<see cref="Leave"/> is owed). False: nothing happened, and
    /// <see cref="TryEnter(in GatePlan, in GateAsk, long, out GateTicket?)"/> is to be asked, with all that decides who goes first.
    /// </summary>
    public bool TryPass(in GatePlan plan, ChainLoad? chain) => _queue.Count == 0 && TryTake(plan, limit.Current(plan.Limit), chain);

    /// <summary>As the other, of somebody about whom nothing but the criticality is known.</summary>
    public Verdict TryEnter(in GatePlan plan, int criticality, long now, out GateTicket? ticket) => TryEnter(plan, new GateAsk(criticality), now, out ticket);

    /// <summary>
    /// Admit: a permit is taken, and <see cref="Leave"/> is owed. Wait: so it is with <paramref name="ticket"/>'s verdict.
    /// Refuse: <see cref="Reasons.QueueFull"/>, with the time after which the backend has done all that goes before.
    /// </summary>
    /// <param name="plan">Bounds, as they are now.</param>
    /// <param name="ask">Who asks.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="ticket">Only with Wait.</param>
    public Verdict TryEnter(in GatePlan plan, in GateAsk ask, long now, out GateTicket? ticket)
    {
        int allowed = limit.Current(plan.Limit);
        ticket = null;
        if (_queue.Count == 0 && TryTake(plan, allowed, ask.Chain))
        {
            return Verdict.Admit;
        }

        var ended = default(EndedTickets);
        Verdict verdict;
        lock (_lock)
        {
            Serve(plan, now, allowed, ref ended);
            verdict = LineUp(plan, ask, now, allowed, ref ended, out ticket);
        }

        ended.Complete();
        return verdict;
    }

    /// <summary>What <see cref="TryEnter(in GatePlan, in GateAsk, long, out GateTicket?)"/> would answer, with nothing taken. An estimate while others come and go.</summary>
    public Verdict Peek(in GatePlan plan, in GateAsk ask, long now)
    {
        lock (_lock)
        {
            int allowed = limit.Current(plan.Limit);
            Bridge asked = _bridge;
            Verdict verdict = _queue.Count == 0 && InFlight < Ceiling(plan, allowed, ask.Chain) ? Verdict.Admit
                : _queue.Count < RoomOf(plan, WaitOf(plan, ask.Class, now)) || _queue.LeastBelow(LevelOf(plan, ask, allowed)) is not null ? Verdict.Wait
                : Verdict.Refuse(Reasons.QueueFull, _queue.Count, RetryAfter(plan, ask.Class, now));
            _bridge = asked;
            return verdict;
        }
    }

    /// <summary>Gives a permit back, tells the limit how it went, and admits the best waiters. Exactly once a permit.</summary>
    /// <param name="plan">Bounds, as they are now.</param>
    /// <param name="startedAt">The tick at which the permit was given.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="route">The route's slot, for the limit: see <see cref="IConcurrencyLimit"/>.</param>
    /// <param name="chain">As it was when the permit was given.</param>
    /// <param name="queued">Ticks that the backend says the request waited there; below 0 where it does not say.</param>
    public void Leave(in GatePlan plan, long startedAt, long now, Outcome outcome, int route = 0, ChainLoad? chain = null, long queued = -1)
    {
        chain?.Leave();
        int left = Interlocked.Decrement(ref _inFlight);
        int allowed = limit.Current(plan.Limit);
        // Where somebody waits the limit was reached, though a part of it be kept free for a chain that is idle; but not where a chain has all that it may borrow: the
        // limit would grow until that is the whole backend.
        int seen = _queue.Count > 0 && !AnyHasItsMost(plan, allowed) ? Math.Max(left + 1, allowed) : left + 1;
        limit.Sample(plan.Limit, now, now - startedAt, seen, outcome, route, queued);
        Expire(plan, now);
    }

    /// <summary>Ends the wait of those past their time and admits whom the limit has room for. For a timer, every few milliseconds.</summary>
    public void Expire(in GatePlan plan, long now)
    {
        if (_queue.Count == 0)
        {
            return;
        }

        int allowed = limit.Current(plan.Limit);
        var ended = default(EndedTickets);
        lock (_lock)
        {
            Serve(plan, now, allowed, ref ended);
        }

        ended.Complete();
    }

    internal bool Abandon(GateTicket ticket)
    {
        lock (_lock)
        {
            if (!_queue.Remove(ticket))
            {
                return false;
            }
        }

        ticket.Verdict = Verdict.Refuse(Reasons.Abandoned, 0, 0);
        ticket.Complete();
        return true;
    }

    internal void TakeBack(GateTicket ticket)
    {
        if (Abandon(ticket))
        {
            return;
        }

        lock (_lock)
        {
            if (ticket.Spent && _pooled < PoolSize)
            {
                ticket.Spent = false;
                ticket.Older = _pool;
                _pool = ticket;
                _pooled++;
            }
        }
    }

    private long WaitOf(in GatePlan plan, int criticality, long now)
    {
        long usual = UsualOf(plan, criticality), least = plan.WaitOf(criticality);
        if (criticality < plan.PatientFrom || least <= plan.MaxWait)
        {
            return usual;
        }

        // What they wait for want of permits is usual, and nothing to be bridged.
        long longest = LongestPatient(plan) is { } first ? Math.Max(0, now - first.Since - (usual - least)) : -1;
        return Math.Max(usual, _bridge.Wait(least, (long)limit.RoundTrip, longest, now));
    }

    /// <summary>
    /// Ticks that one of this class waits where nothing is the matter. The patient ones are there when a permit comes: a gateway of many that has one to give every 160 ms, and lets
    /// orders wait for 150, has none of them waiting one time in seven, though twice as many come as it may let through. So they wait for two permits, and where
    /// round trips are long for a quarter of one, since permits given together come back together.
    /// </summary>
    private long UsualOf(in GatePlan plan, int criticality)
    {
        long least = plan.WaitOf(criticality);
        if (criticality < plan.PatientFrom || least <= plan.MaxWait || plan.TicksPerSecond <= 0 || limit.Throughput <= 0)
        {
            return least;
        }

        double permits = 2 * plan.TicksPerSecond / limit.Throughput;
        return Math.Max(least, (long)Math.Min((double)Bridge.Most * least, Math.Max(permits, limit.RoundTrip / 4)));
    }

    private int RoomOf(in GatePlan plan, long wait)
    {
        int room = CapacityNow(plan);
        if (wait <= plan.MaxWait)
        {
            return room;
        }

        double inProportion = (double)room / plan.MaxWait;
        long usual = Math.Min(wait, UsualOf(plan, plan.PatientFrom));
        double within = plan.TicksPerSecond > 0 ? limit.Throughput * wait / plan.TicksPerSecond : double.MaxValue;
        return (int)Math.Min(int.MaxValue, Math.Clamp(within, inProportion * usual, inProportion * wait));
    }

    // Permits out below which this chain is given one.
    private static int Ceiling(in GatePlan plan, int allowed, ChainLoad? chain)
    {
        int ceiling = allowed;
        foreach (ChainShare share in plan.Chains ?? [])
        {
            if (share.Load != chain)
            {
                ceiling -= share.Idle(allowed);
            }
            else if (share.HasItsMost(allowed))
            {
                return 0;
            }
        }

        return ceiling;
    }

    private static bool AnyHasItsMost(in GatePlan plan, int allowed)
    {
        foreach (ChainShare share in plan.Chains ?? [])
        {
            if (share.HasItsMost(allowed))
            {
                return true;
            }
        }

        return false;
    }

    private static int LevelOf(in GatePlan plan, in GateAsk ask, int allowed)
    {
        foreach (ChainShare share in plan.Chains ?? [])
        {
            if (share.Load == ask.Chain)
            {
                return ask.Level(share.Load.InFlight < share.Share * allowed);
            }
        }

        return ask.Level(withinShare: true);
    }

    // Two at once may both see the last idle permit of a chain and take one too many of it: it is back after one round trip.
    private bool TryTake(in GatePlan plan, int allowed, ChainLoad? chain)
    {
        int ceiling = plan.Chains is null ? allowed : Ceiling(plan, allowed, chain);
        int seen = Volatile.Read(ref _inFlight);
        while (seen < ceiling)
        {
            int was = Interlocked.CompareExchange(ref _inFlight, seen + 1, seen);
            if (was == seen)
            {
                chain?.Enter();
                return true;
            }

            seen = was;
        }

        return false;
    }

    /// <summary>Drops the dead, then hands out what is free. Inside the lock; afterwards no waiter may have what is free.</summary>
    private void Serve(in GatePlan plan, long now, int allowed, ref EndedTickets ended)
    {
        if (now >= _earliest)
        {
            DropLate(plan, now, ref ended);
        }

        while (InFlight < allowed && (LongestBridged(plan, now) ?? _queue.Best()) is { } best)
        {
            GateTicket? next = TryTake(plan, allowed, best.Chain) ? best : FirstOfAnotherChain(plan, allowed, best.Chain);
            if (next is null)
            {
                return;
            }

            _queue.Remove(next);
            if (now >= next.Until)
            {
                // Its time ended behind others of its level.
                next.Chain?.Leave();
                Interlocked.Decrement(ref _inFlight);
                End(plan, next, now, ref ended);
                continue;
            }

            _floor.Served(next.Class);
            ended.Add(next, Verdict.Admit);
        }
    }

    /// <summary>
    /// Who has waited longest of the highest class, if that is a patient one, and longer than usual: such a one goes first, but for whom the floor has put there.
    /// What passes shall cost each a part of a second and not those of the lowest cohorts their answer: it was they who waited until the end of every look at a base.
    /// </summary>
    private GateTicket? LongestBridged(in GatePlan plan, long now) =>
        _bridge.HasLostNone(now) && _queue.Oldest(GateQueue.Levels - 1) is null && LongestPatient(plan) is { } longest && now - longest.Since > UsualOf(plan, longest.Class) ? longest : null;

    // The last level is of those whom the floor lets go first.
    private GateTicket? LongestPatient(in GatePlan plan)
    {
        int highest = plan.PatientFrom < GateQueue.Classes ? _queue.Below(GateQueue.Levels - 1) : -1;
        return highest >= GateAsk.LowestOf(plan.PatientFrom) ? _queue.OldestOfClass(highest >> 6) : null;
    }

    /// <summary>Whom a permit is for that the chain of the best waiter may not have; the permit is taken.</summary>
    private GateTicket? FirstOfAnotherChain(in GatePlan plan, int allowed, ChainLoad? not)
    {
        // All who wait are of that chain, as they are for as long as it has all that it may borrow: no need to look at each.
        if (plan.Chains is null || InFlight >= allowed || (not is not null && not.Waiting == _queue.Count))
        {
            return null;
        }

        for (int level = _queue.Below(GateQueue.Levels); level >= 0; level = _queue.Below(level))
        {
            for (GateTicket? ticket = _queue.Oldest(level); ticket is not null; ticket = ticket.Newer)
            {
                if (ticket.Chain != not && TryTake(plan, allowed, ticket.Chain))
                {
                    return ticket;
                }
            }
        }

        return null;
    }

    private void DropLate(in GatePlan plan, long now, ref EndedTickets ended)
    {
        _earliest = long.MaxValue;
        for (int level = _queue.Below(GateQueue.Levels); level >= 0; level = _queue.Below(level))
        {
            while (_queue.Oldest(level) is { } oldest)
            {
                if (now < oldest.Until)
                {
                    _earliest = Math.Min(_earliest, oldest.Until);
                    break;
                }

                _queue.Remove(oldest);
                End(plan, oldest, now, ref ended);
            }
        }
    }

    private void End(in GatePlan plan, GateTicket late, long now, ref EndedTickets ended)
    {
        // Whom nobody waits for any more was not lost by us.
        Refused(plan, late.Class, now, isLost: !late.IsDeadline);
        ended.Add(late, Verdict.Refuse(late.IsDeadline ? Reasons.Deadline : Reasons.QueueTimeout, now - late.Since, RetryAfter(plan, late.Class, now)));
    }

    /// <summary>Admits, queues or refuses a newcomer once the waiters have been served. Inside the lock.</summary>
    private Verdict LineUp(in GatePlan plan, in GateAsk ask, long now, int allowed, ref EndedTickets ended, out GateTicket? ticket)
    {
        ticket = null;
        // What is left free now is not for those who wait.
        if (TryTake(plan, allowed, ask.Chain))
        {
            return Verdict.Admit;
        }

        if (ask.Deadline <= now)
        {
            // Dead already: it must not take anybody's place.
            return Verdict.Refuse(Reasons.Deadline, 0, RetryAfter(plan, ask.Class, now));
        }

        long wait = WaitOf(plan, ask.Class, now);
        int capacity = RoomOf(plan, wait);
        int level = LevelOf(plan, ask, allowed);
        _floor.Wants(ask.Class);
        if (capacity > 0 && _floor.Takes(ask.Class, plan.Floor))
        {
            level = GateQueue.Levels - 1;
        }
        else
        {
            while (_queue.Count >= capacity)
            {
                if (_queue.LeastBelow(level) is not { } least)
                {
                    Refused(plan, ask.Class, now);
                    return Verdict.Refuse(Reasons.QueueFull, _queue.Count, RetryAfter(plan, ask.Class, now));
                }

                _queue.Remove(least);
                Refused(plan, least.Class, now);
                ended.Add(least, Verdict.Refuse(Reasons.PushedOut, _queue.Count + 1, RetryAfter(plan, least.Class, now)));
            }
        }

        ticket = Rent();
        ticket.Start(ask, level, now, Math.Min(ask.Deadline, now + Math.Min(wait, long.MaxValue - Math.Max(0, now))));
        _earliest = Math.Min(_earliest, ticket.Until);
        _queue.Add(ticket);

        // Somebody may have left since the last look. If it is the newcomer who is served, its ticket is ready at once.
        Serve(plan, now, allowed, ref ended);
        return Verdict.Wait;
    }

    private void Refused(in GatePlan plan, int criticality, long now, bool isLost = true)
    {
        _refusals.Refused(criticality, now, plan.TicksPerSecond);
        if (isLost && criticality >= plan.PatientFrom)
        {
            _bridge.Lost(now);
        }
    }

    private long RetryAfter(in GatePlan plan, int criticality, long now) =>
        _refusals.RetryAfter(criticality, _queue.Count, limit.Throughput, now, plan.TicksPerSecond);

    private GateTicket Rent()
    {
        if (_pool is not { } ticket)
        {
            return new GateTicket(this);
        }

        _pool = ticket.Older;
        _pooled--;
        return ticket;
    }
}
