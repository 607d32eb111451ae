namespace SandGlass.Algorithms.Rates;

/// <summary>What can be told of a table whatever it counts.</summary>
public interface IRateTable
{
    /// <summary>Slots in use, expired ones among them.</summary>
    int Count { get; }

    /// <summary>Bytes of all slots, used or not.</summary>
    long Bytes { get; }

    /// <summary>Keys forgotten since the start because there was no room.</summary>
    long Evictions { get; }
}
