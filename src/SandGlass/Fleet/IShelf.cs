namespace SandGlass.Fleet;

/// <summary>A kind of thing that the gateways of a fleet agree on: switches, plans. What it holds is on this gateway's disk before it is told.</summary>
public interface IShelf
{
    /// <summary>The word before the colon in each key.</summary>
    string Kind { get; }

    /// <summary>All that is held here.</summary>
    IReadOnlyList<SharedEntry> Tell();

    /// <summary>Takes in what others hold; what is held here goes on holding where it is greater.</summary>
    /// <param name="clock">Redis' clock: a second one beside this gateway's own.</param>
    /// <param name="entries">All there is of this kind.</param>
    /// <exception cref="IOException">The disk does not take it; then nothing has changed, and it is heard again.</exception>
    void Hear(DateTimeOffset clock, IReadOnlyList<SharedEntry> entries);

    /// <summary>Whether what stands under this name acts on this gateway.</summary>
    bool Acts(string name);
}

/// <summary>One thing of a shelf, as it goes through Redis.</summary>
/// <param name="Name">Its name on its shelf.</param>
/// <param name="Order">In the order of the characters: the greater is the later (<see cref="Algorithms.Sharing.Register{T}.Order"/>). Without blanks.</param>
/// <param name="Moment">When what it says ends, or has begun, from now on; null: it has no such moment, or whoever tells it is not sure of it. Carried by Redis' clock, so no gateway's wall clock matters.</param>
/// <param name="Text">All it says, in one line; asked for only where it is told.</param>
public sealed record SharedEntry(string Name, string Order, TimeSpan? Moment, Func<string> Text);
