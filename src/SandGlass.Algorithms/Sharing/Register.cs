namespace SandGlass.Algorithms.Sharing;

/// <summary>
/// One thing that several nodes change and all shall agree on, also when they could not hear each other for a while: the latest change, those
/// that it knew of, and the greatest of those that were made without knowing of it and lost. <see cref="Join"/> brings two nodes' registers
/// together; it is commutative, associative and idempotent, so that it does not matter who hears what from whom, how often, and in which order.
/// A change that says "off" is a change like any other and is kept, so what was ended is never brought back by a node that slept.
/// </summary>
/// <param name="Last">The change in force.</param>
/// <param name="Past">Stamps of the changes before it, newest first; the last <see cref="Remembers"/> of them.</param>
/// <param name="Lost">The greatest change known that nobody who made <paramref name="Last"/> had heard of; null: none.</param>
public sealed record Register<T>(Change<T> Last, IReadOnlyList<Stamp> Past, Change<T>? Lost = null)
{
    /// <summary>Of how many changes before it a change says that it knew them. What is older is taken to have been known.</summary>
    public const int Remembers = 16;

    /// <summary>The first change.</summary>
    public Register(Change<T> first)
        : this(first, [])
    {
    }

    /// <summary>What is in force.</summary>
    public T Value => Last.Value;

    /// <summary>Its name.</summary>
    public Stamp Stamp => Last.Stamp;

    /// <summary>Where this register stands among others of the same thing: <see cref="Join"/> never leads to one that stands before, and equal ones hold the same.</summary>
    public string Order => $"{Stamp}/{Lost?.Stamp.ToString()}";

    /// <summary>The register after one more change, made by somebody who knows this one.</summary>
    public Register<T> Next(T value, long at, ulong node) => Next(new(new(Stamp.Version + 1, at, node), value));

    /// <summary>The register after a change that has its stamp already: greater than this one's.</summary>
    public Register<T> Next(Change<T> change) => new(change, [Stamp, .. Past.Take(Remembers - 1)], Lost);

    /// <summary>What two nodes know together.</summary>
    public Register<T> Join(Register<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var (winner, loser) = Stamp >= other.Stamp ? (this, other) : (other, this);
        var lost = Greater(winner.Lost, loser.Lost);
        return winner with { Lost = winner.Knew(loser.Stamp) ? lost : Greater(lost, loser.Last) };
    }

    // Whether the change in force was made by somebody who knew of that one.
    private bool Knew(Stamp stamp) =>
        stamp == Stamp || Past.Contains(stamp) || (Past.Count == Remembers && stamp < Past[^1]);

    private static Change<T>? Greater(Change<T>? a, Change<T>? b) => a is null ? b : b is null || a.Stamp >= b.Stamp ? a : b;
}
