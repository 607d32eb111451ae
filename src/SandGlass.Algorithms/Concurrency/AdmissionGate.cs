namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Before a backend: as many permits as the limit says, and in front of them a bounded queue that knows who matters.
/// Strict priority between classes, first come first served inside one; a full queue pushes out the newest of the lowest class
/// for somebody above it (design: algorithms.md §1, the strict-priority push-out queue).
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
    private DrainRate _drain;
    private GateTicket? _pool;
    private int _pooled;
    private int _inFlight;

    /// <summary>Permits out.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Waiters.</summary>
    public int Queued => _queue.Count;

    /// <summary>The limit as it is now.</summary>
    public int LimitNow(in GatePlan plan) => limit.Current(plan.Limit);

    /// <summary>
    /// Admit: a permit is taken, and <see cref="Leave"/> is owed. Wait: so it is with <paramref name="ticket"/>'s verdict.
    /// Refuse: <see cref="Reasons.QueueFull"/>, with the time the queue would take to drain.
    /// </summary>
    /// <param name="plan">Bounds, as they are now.</param>
    /// <param name="criticality">0 (least) to 7; beyond counts as the nearest.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="ticket">Only with Wait.</param>
    public Verdict TryEnter(in GatePlan plan, int criticality, long now, out GateTicket? ticket)
    {
        int allowed = limit.Current(plan.Limit);
        ticket = null;
        if (_queue.Count == 0 && TryTake(allowed))
        {
            return Verdict.Admit;
        }

        var ended = default(EndedTickets);
        Verdict verdict;
        lock (_lock)
        {
            Serve(plan, now, allowed, ref ended);
            verdict = LineUp(plan, Math.Clamp(criticality, 0, GateQueue.Classes - 1), now, allowed, ref ended, out ticket);
        }

        ended.Complete();
        return verdict;
    }

    /// <summary>What <see cref="TryEnter"/> would answer, with nothing taken. An estimate while others come and go.</summary>
    public Verdict Peek(in GatePlan plan, int criticality, long now)
    {
        lock (_lock)
        {
            return _queue.Count == 0 && InFlight < limit.Current(plan.Limit) ? Verdict.Admit
                : _queue.Count < plan.QueueCapacity || _queue.LeastBelow(Math.Clamp(criticality, 0, GateQueue.Classes - 1)) is not null ? Verdict.Wait
                : Verdict.Refuse(Reasons.QueueFull, _queue.Count, _drain.Estimate(_queue.Count, now));
        }
    }

    /// <summary>Gives a permit back, tells the limit how it went, and admits the best waiters. Exactly once a permit.</summary>
    /// <param name="plan">Bounds, as they are now.</param>
    /// <param name="startedAt">The tick at which the permit was given.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="route">The route's slot, for the limit: see <see cref="IConcurrencyLimit"/>.</param>
    public void Leave(in GatePlan plan, long startedAt, long now, Outcome outcome, int route = 0)
    {
        int left = Interlocked.Decrement(ref _inFlight);
        limit.Sample(plan.Limit, now, now - startedAt, left + 1, outcome, route);
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

    private bool TryTake(int allowed)
    {
        int seen = Volatile.Read(ref _inFlight);
        while (seen < allowed)
        {
            int was = Interlocked.CompareExchange(ref _inFlight, seen + 1, seen);
            if (was == seen)
            {
                return true;
            }

            seen = was;
        }

        return false;
    }

    /// <summary>Drops the dead, then hands out what is free. Inside the lock; afterwards either nobody waits or nothing is free.</summary>
    private void Serve(in GatePlan plan, long now, int allowed, ref EndedTickets ended)
    {
        for (int criticality = 0; criticality < GateQueue.Classes; criticality++)
        {
            while (_queue.Oldest(criticality) is { } late && now - late.Since >= plan.MaxWait)
            {
                _queue.Remove(late);
                ended.Add(late, Verdict.Refuse(Reasons.QueueTimeout, now - late.Since, _drain.Estimate(_queue.Count, now)));
            }
        }

        while (_queue.Count > 0 && TryTake(allowed))
        {
            GateTicket best = _queue.Best()!;
            _queue.Remove(best);
            _drain.Left(now);
            ended.Add(best, Verdict.Admit);
        }
    }

    /// <summary>Admits, queues or refuses a newcomer once the waiters have been served. Inside the lock.</summary>
    private Verdict LineUp(
        in GatePlan plan, int criticality, long now, int allowed, ref EndedTickets ended, out GateTicket? ticket)
    {
        ticket = null;
        if (_queue.Count == 0 && TryTake(allowed))
        {
            return Verdict.Admit;
        }

        while (_queue.Count >= plan.QueueCapacity)
        {
            long retryAfter = _drain.Estimate(_queue.Count, now);
            if (_queue.LeastBelow(criticality) is not { } least)
            {
                return Verdict.Refuse(Reasons.QueueFull, _queue.Count, retryAfter);
            }

            _queue.Remove(least);
            ended.Add(least, Verdict.Refuse(Reasons.PushedOut, _queue.Count + 1, retryAfter));
        }

        if (_queue.Count == 0)
        {
            _drain.Start(now);
        }

        ticket = Rent();
        ticket.Start(criticality, now);
        _queue.Add(ticket);

        // Somebody may have left since the last look. If it is the newcomer who is served, its ticket is ready at once.
        Serve(plan, now, allowed, ref ended);
        return Verdict.Wait;
    }

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
