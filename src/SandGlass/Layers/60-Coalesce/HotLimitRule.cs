using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Rates;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>Rungs four and five of a route's ladder, compiled.</summary>
public sealed class HotLimitRule(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>What each hot key may ask of the backend.</summary>
    public required GcraPlan Bucket { get; init; }

    /// <summary>The buckets; live as long as the process.</summary>
    public required HotKeyState State { get; init; }

    /// <summary>What those get who are refused; null: the route's own fallback.</summary>
    public FallbackPlan? Fallback { get; init; }

    /// <summary>Counts who would have got the fallback of a rung in shadow; null: it is not in shadow.</summary>
    public StripedCounter? FallbackShadowed { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }
}
