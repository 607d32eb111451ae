using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// The answers kept and the fetches under way, for all routes. Keys are 128 bit keyed hashes, so no string is made for a look-up and no
/// client can make two keys meet. Bounded in bytes; what falls out at the bound is what nobody asked for lately (SIEVE).
/// </summary>
/// <param name="maxBytes">The bound.</param>
public sealed class MicroCache(long maxBytes)
{
    private readonly SieveCache<UInt128, StoredAnswer> _answers = new(maxBytes);
    private readonly ConcurrentDictionary<UInt128, Flight> _flights = new();

    /// <summary>The bound, bytes.</summary>
    public long MaxBytes { get; } = maxBytes;

    /// <summary>Answers kept.</summary>
    public int Count => _answers.Count;

    /// <summary>Their memory.</summary>
    public long Bytes => _answers.Bytes;

    /// <summary>Fetches under way.</summary>
    public int UnderWay => _flights.Count;

    /// <summary>The answer or note for a key, fresh or not.</summary>
    public bool TryGet(UInt128 key, [NotNullWhen(true)] out StoredAnswer? answer) => _answers.TryGet(key, out answer);

    /// <summary>The same for whoever only looks: it makes the answer no more worth keeping.</summary>
    public bool TryPeek(UInt128 key, [NotNullWhen(true)] out StoredAnswer? answer) => _answers.TryPeek(key, out answer);

    /// <summary>Keeps an answer or note.</summary>
    public void Keep(UInt128 key, StoredAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _answers.Set(key, answer, answer.Bytes);
    }

    /// <summary>The fetch under way for a key; starts one where there is none, and says so.</summary>
    public Flight Board(CoalescePlan plan, UInt128 key, out bool leads)
    {
        var mine = new Flight(plan, key);
        var flight = _flights.GetOrAdd(key, mine);
        leads = ReferenceEquals(flight, mine);
        return flight;
    }

    /// <summary>Whether a fetch for the key is under way.</summary>
    public bool IsUnderWay(UInt128 key) => _flights.ContainsKey(key);

    internal void Ended(Flight flight) => _flights.TryRemove(new(flight.Key, flight));
}
