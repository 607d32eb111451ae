namespace SandGlass.Algorithms.Keys;

/// <summary>What takes the parts of a compound key in order: a keyed hash of this process, or the text of a key that others know too.</summary>
public interface IKeyParts
{
    /// <summary>Adds text.</summary>
    void Add(ReadOnlySpan<char> part);

    /// <summary>Adds a number.</summary>
    void Add(ulong part);

    /// <summary>Adds a small number.</summary>
    void Add(byte part);
}
