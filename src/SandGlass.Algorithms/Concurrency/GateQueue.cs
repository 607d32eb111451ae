using System.Numerics;

namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Waiters in one strict order (<see cref="GateAsk.Level"/>): a doubly linked list a level through the tickets themselves, oldest first, and
/// one bit a level that says whether it is empty. Everything takes a few steps however many wait. The gate's lock guards it; only
/// <see cref="Count"/> is read without.
/// </summary>
internal sealed class GateQueue
{
    /// <summary>Classes of criticality: 0 (least) to 7.</summary>
    public const int Classes = 8;

    /// <summary>Levels; the last one is for who must be next.</summary>
    public const int Levels = 512;

    private readonly GateTicket?[] _oldest = new GateTicket?[Levels];
    private readonly GateTicket?[] _newest = new GateTicket?[Levels];
    private readonly ulong[] _filled = new ulong[Levels / 64];
    private int _count;

    /// <summary>Waiters.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The longest waiting of a level.</summary>
    public GateTicket? Oldest(int level) => _oldest[level];

    /// <summary>
    /// The longest waiting of a class: of those within their chain's share if there are any, whatever else is in their favour or not. A step for each
    /// level that has waiters, 32 at most.
    /// </summary>
    public GateTicket? OldestOfClass(int criticality)
    {
        GateTicket? oldest = null;
        ulong filled = _filled[criticality], within = filled >> 32 << 32;
        for (ulong levels = within != 0 ? within : filled; levels != 0; levels &= levels - 1)
        {
            GateTicket first = _oldest[(criticality << 6) + BitOperations.TrailingZeroCount(levels)]!;
            oldest = oldest is null || first.Since < oldest.Since ? first : oldest;
        }

        return oldest;
    }

    /// <summary>The highest level below the given one that has waiters; −1 = none.</summary>
    public int Below(int level)
    {
        for (int word = (level - 1) >> 6; level > 0 && word >= 0; word--)
        {
            int above = level - (word << 6);
            ulong bits = above >= 64 ? _filled[word] : _filled[word] & ((1UL << above) - 1);
            if (bits != 0)
            {
                return (word << 6) + BitOperations.Log2(bits);
            }
        }

        return -1;
    }

    /// <summary>Who is next: the longest waiting of the highest level.</summary>
    public GateTicket? Best() => Below(Levels) is >= 0 and var level ? _oldest[level] : null;

    /// <summary>Who has to go: the newest of the lowest level, if that is below the given one.</summary>
    public GateTicket? LeastBelow(int level)
    {
        for (int word = 0; word < _filled.Length; word++)
        {
            if (_filled[word] != 0)
            {
                int lowest = (word << 6) + BitOperations.TrailingZeroCount(_filled[word]);
                return lowest < level ? _newest[lowest] : null;
            }
        }

        return null;
    }

    /// <summary>Adds at the end of its level. A full fence follows: see <see cref="AdmissionGate"/>.</summary>
    public void Add(GateTicket ticket)
    {
        int level = ticket.Level;
        ticket.Queued = true;
        ticket.Newer = null;
        ticket.Older = _newest[level];
        if (ticket.Older is null)
        {
            _oldest[level] = ticket;
            _filled[level >> 6] |= 1UL << level;
        }
        else
        {
            ticket.Older.Newer = ticket;
        }

        _newest[level] = ticket;
        if (ticket.Chain is { } chain)
        {
            chain.Waiting++;
        }

        Interlocked.Increment(ref _count);
    }

    /// <summary>Takes a waiter out; false if it was not in.</summary>
    public bool Remove(GateTicket ticket)
    {
        if (!ticket.Queued)
        {
            return false;
        }

        int level = ticket.Level;
        if (ticket.Older is null)
        {
            _oldest[level] = ticket.Newer;
        }
        else
        {
            ticket.Older.Newer = ticket.Newer;
        }

        if (ticket.Newer is null)
        {
            _newest[level] = ticket.Older;
        }
        else
        {
            ticket.Newer.Older = ticket.Older;
        }

        if (_oldest[level] is null)
        {
            _filled[level >> 6] &= ~(1UL << level);
        }

        ticket.Queued = false;
        ticket.Older = ticket.Newer = null;
        if (ticket.Chain is { } chain)
        {
            chain.Waiting--;
        }

        Interlocked.Decrement(ref _count);
        return true;
    }
}
