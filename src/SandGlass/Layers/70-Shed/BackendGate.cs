using System.Collections.Frozen;
using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Layers.Shed;

/// <summary>A backend's gate as the policy in force sets it. Immutable; what has happened is in its state.</summary>
/// <param name="plan">Limit, queue and waiting time.</param>
/// <param name="state">The gate itself.</param>
/// <param name="chains">What the chains that use it hold; null where no share is to be kept.</param>
public sealed class BackendGate(GatePlan plan, ShedState state, FrozenDictionary<string, ChainLoad>? chains)
{
    /// <summary>Limit, queue and waiting time.</summary>
    public GatePlan Plan { get; } = plan;

    /// <summary>What has happened; lives as long as the process.</summary>
    public ShedState State { get; } = state;

    /// <summary>What a chain holds of it; null where no share is to be kept.</summary>
    public ChainLoad? ChainOf(string chain) => chains?.GetValueOrDefault(chain);
}
