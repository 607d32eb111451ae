using SandGlass.Algorithms.Breaking;
using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Break;

/// <summary>The breaker of one route, compiled.</summary>
public sealed class BreakPlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>Ratios, window and open time.</summary>
    public required BreakerPlan Breaker { get; init; }

    /// <summary>The breaker; lives as long as the process.</summary>
    public required CircuitBreaker State { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }
}
