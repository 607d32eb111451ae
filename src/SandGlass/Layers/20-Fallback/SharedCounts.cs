using SandGlass.Algorithms.Counting;

namespace SandGlass.Layers.Fallback;

/// <summary>What gateways of a fleet have given each other.</summary>
public sealed class SharedCounts
{
    /// <summary>Given to the others.</summary>
    public StripedCounter Pushed { get; } = new();

    /// <summary>Got from them.</summary>
    public StripedCounter Pulled { get; } = new();

    /// <summary>Asked for, and nobody had it.</summary>
    public StripedCounter Absent { get; } = new();

    /// <summary>Taken out of what all see, because it is for nobody else now.</summary>
    public StripedCounter Removed { get; } = new();

    /// <summary>Turns that failed.</summary>
    public StripedCounter Failed { get; } = new();
}
