using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>The limit of a backend as one route meets it.</summary>
public sealed class ShedPlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>Limit, queue and waiting time.</summary>
    public required GatePlan Gate { get; init; }

    /// <summary>Class of the route: 0 is shed first.</summary>
    public required int Class { get; init; }

    /// <summary>The backend's gate; lives as long as the process.</summary>
    public required ShedState State { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }
}
