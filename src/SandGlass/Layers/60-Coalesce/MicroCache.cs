using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// The answers kept and the fetches under way, for all routes. Keys are 128 bit keyed hashes, so no string is made for a look-up and no
/// client can make two keys meet. Bounded in bytes; what falls out at the bound is what nobody asked for lately (SIEVE).
/// Unsafe requests leave marks: 65,536 moments by a keyed hash of host and path. An answer whose fetch began before its mark is as if it
/// were not there. Two paths that share a mark cost each other a fetch, no more; an index by URI would need room for every URI.
/// </summary>
/// <param name="maxBytes">The bound.</param>
/// <param name="seed">Keys the marks, so that nobody can aim at another's.</param>
public sealed class MicroCache(long maxBytes, SipKey seed = default)
{
    private const int Marks = 1 << 16;

    private readonly SieveCache<UInt128, StoredAnswer> _answers = new(maxBytes);
    private readonly ConcurrentDictionary<UInt128, Flight> _flights = new();
    private readonly long[] _marks = new long[Marks];

    /// <summary>The bound, bytes.</summary>
    public long MaxBytes { get; } = maxBytes;

    /// <summary>Answers kept.</summary>
    public int Count => _answers.Count;

    /// <summary>Their memory.</summary>
    public long Bytes => _answers.Bytes;

    /// <summary>Fetches under way.</summary>
    public int UnderWay => _flights.Count;

    /// <summary>The answer or note for a key, fresh or not.</summary>
    public bool TryGet(UInt128 key, [NotNullWhen(true)] out StoredAnswer? answer) => _answers.TryGet(key, out answer) && !IsMarked(answer);

    /// <summary>The same for whoever only looks: it makes the answer no more worth keeping.</summary>
    public bool TryPeek(UInt128 key, [NotNullWhen(true)] out StoredAnswer? answer) => _answers.TryPeek(key, out answer) && !IsMarked(answer);

    /// <summary>Keeps an answer or note, unless a newer one is there already.</summary>
    public void Keep(UInt128 key, StoredAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (!_answers.TryPeek(key, out var known) || !known.Shareable || known.RequestedAt <= answer.RequestedAt)
        {
            _answers.Set(key, answer, answer.Bytes);
        }
    }

    /// <summary>Keeps a variant of an answer, and the note that leads to it.</summary>
    public void Keep(UInt128 uri, UInt128 key, IReadOnlyList<string> names, StoredAnswer answer)
    {
        var variants = _answers.TryPeek(uri, out var note) && note.Variants is { } known && known.Names.SequenceEqual(names, StringComparer.Ordinal) ? known : null;
        if (variants is null)
        {
            variants = new(names);
            _answers.Set(uri, StoredAnswer.Varies(variants), 512 + (Variants.Most * 16) + names.Sum(static n => 2L * n.Length));
        }

        if (variants.Add(key) is { } oldest)
        {
            _answers.Remove(oldest);
        }

        Keep(key, answer);
    }

    /// <summary>Takes one out.</summary>
    public void Drop(UInt128 key) => _answers.Remove(key);

    /// <summary>The fetch under way for a key; starts one where there is none, and says so.</summary>
    public Flight Board(CoalescePlan plan, UInt128 key, out bool leads) => Board(new Flight(plan, key, long.MaxValue), long.MaxValue, out leads);

    /// <summary>The fetch under way for a flight's key; it starts itself where there is none, or one that nobody should wait for.</summary>
    /// <param name="mine">The flight that would lead.</param>
    /// <param name="leaderAge">Ticks after which a leader makes room for another.</param>
    /// <param name="leads">Whether it does.</param>
    public Flight Board(Flight mine, long leaderAge, out bool leads)
    {
        ArgumentNullException.ThrowIfNull(mine);
        while (true)
        {
            var flight = _flights.GetOrAdd(mine.Key, mine);
            leads = ReferenceEquals(flight, mine);
            if (leads)
            {
                return mine;
            }

            var late = mine.StartedAt - flight.StartedAt > leaderAge;
            if (!late && !IsMarked(flight.Mark, flight.StartedAt))
            {
                return flight;
            }

            // What was asked before a change must not answer who came after it; who waits for a late leader may be served by the next.
            var next = new Flight(mine.Plan, mine.Key, mine.StartedAt)
            {
                UriKey = mine.UriKey,
                Seed = mine.Seed,
                Names = mine.Names,
                Known = mine.Known,
                IsAuthorized = mine.IsAuthorized,
                Mark = mine.Mark,
                Older = late ? flight : null,
            };
            if (_flights.TryUpdate(mine.Key, next, flight))
            {
                leads = true;
                return next;
            }
        }
    }

    /// <summary>Whether a fetch for the key is under way.</summary>
    public bool IsUnderWay(UInt128 key) => _flights.ContainsKey(key);

    /// <summary>Which mark a URI has.</summary>
    public int MarkOf(ReadOnlySpan<char> host, ReadOnlySpan<char> path)
    {
        var hasher = new KeyHasher(seed);
        hasher.Add(host);
        hasher.Add(path);
        return (int)(hasher.Finish() % Marks);
    }

    /// <summary>What is kept of a URI, and what is being fetched, is of no use to requests from now on.</summary>
    public void Invalidate(int mark, long now) => Volatile.Write(ref _marks[mark], now);

    internal void Ended(Flight flight) => _flights.TryRemove(new(flight.Key, flight));

    private bool IsMarked(StoredAnswer answer) => answer.RequestedAt != 0 && IsMarked(answer.Mark, answer.RequestedAt);

    private bool IsMarked(int mark, long since) => Volatile.Read(ref _marks[mark]) is not 0 and var at && at >= since;
}
