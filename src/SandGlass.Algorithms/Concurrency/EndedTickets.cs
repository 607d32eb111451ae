namespace SandGlass.Algorithms.Concurrency;

/// <summary>Tickets taken from the queue under the lock, chained through their own links, to be woken after it. Allocates nothing.</summary>
internal struct EndedTickets
{
    private GateTicket? _first, _last;

    /// <summary>Adds one that is no longer in the queue.</summary>
    public void Add(GateTicket ticket, Verdict verdict)
    {
        ticket.Verdict = verdict;
        if (_last is null)
        {
            _first = ticket;
        }
        else
        {
            _last.Newer = ticket;
        }

        _last = ticket;
    }

    /// <summary>Wakes them all, in the order they ended.</summary>
    public readonly void Complete()
    {
        GateTicket? ticket = _first;
        while (ticket is not null)
        {
            // Once woken, it may be in somebody else's hands.
            GateTicket? next = ticket.Newer;
            ticket.Newer = null;
            ticket.Complete();
            ticket = next;
        }
    }
}
