namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Waiters by class: eight doubly linked lists through the tickets themselves, oldest first. Everything takes a few steps however many wait.
/// The gate's lock guards it; only <see cref="Count"/> is read without.
/// </summary>
internal sealed class GateQueue
{
    /// <summary>Classes of criticality: 0 (least) to 7.</summary>
    public const int Classes = 8;

    private readonly GateTicket?[] _oldest = new GateTicket?[Classes];
    private readonly GateTicket?[] _newest = new GateTicket?[Classes];
    private int _count;

    /// <summary>Waiters.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The longest waiting of a class.</summary>
    public GateTicket? Oldest(int criticality) => _oldest[criticality];

    /// <summary>Who is next: the longest waiting of the highest class.</summary>
    public GateTicket? Best()
    {
        int criticality = Classes - 1;
        while (criticality > 0 && _oldest[criticality] is null)
        {
            criticality--;
        }

        return _oldest[criticality];
    }

    /// <summary>Who has to go: the newest of the lowest class, if that is below the given one.</summary>
    public GateTicket? LeastBelow(int criticality)
    {
        for (int lower = 0; lower < criticality; lower++)
        {
            if (_newest[lower] is { } ticket)
            {
                return ticket;
            }
        }

        return null;
    }

    /// <summary>Adds at the end of its class. A full fence follows: see <see cref="AdmissionGate"/>.</summary>
    public void Add(GateTicket ticket)
    {
        int criticality = ticket.Criticality;
        ticket.Queued = true;
        ticket.Newer = null;
        ticket.Older = _newest[criticality];
        if (ticket.Older is null)
        {
            _oldest[criticality] = ticket;
        }
        else
        {
            ticket.Older.Newer = ticket;
        }

        _newest[criticality] = ticket;
        Interlocked.Increment(ref _count);
    }

    /// <summary>Takes a waiter out; false if it was not in.</summary>
    public bool Remove(GateTicket ticket)
    {
        if (!ticket.Queued)
        {
            return false;
        }

        if (ticket.Older is null)
        {
            _oldest[ticket.Criticality] = ticket.Newer;
        }
        else
        {
            ticket.Older.Newer = ticket.Newer;
        }

        if (ticket.Newer is null)
        {
            _newest[ticket.Criticality] = ticket.Older;
        }
        else
        {
            ticket.Newer.Older = ticket.Older;
        }

        ticket.Queued = false;
        ticket.Older = ticket.Newer = null;
        Interlocked.Decrement(ref _count);
        return true;
    }
}
