using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>How one route meets the gates of its backends; the gate is the one of <see cref="Passage.Backend"/>.</summary>
public sealed class ShedPlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>The route's slot in the limits, dense and the same as long as the process lives.</summary>
    public required int RouteSlot { get; init; }

    /// <summary>The header with which clients say that they ask again; null: none.</summary>
    public string? RetryHeader { get; init; }

    /// <summary>Sessions; null where the policy has none.</summary>
    public SessionPlan? Session { get; init; }

    /// <summary>Who was told to come back; lives as long as the process.</summary>
    public required ReturnBook Returns { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }
}
