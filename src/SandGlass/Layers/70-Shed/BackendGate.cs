using System.Collections.Frozen;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

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

    /// <summary>Whether it acts on those who come by another way than a route's rule; null: shedding is off, and nobody is counted.</summary>
    public GateRule? Rule { get; init; }

    /// <summary>What a chain holds of it; null where no share is to be kept.</summary>
    public ChainLoad? ChainOf(string chain) => chains?.GetValueOrDefault(chain);

    /// <summary>
    /// Lets somebody in beside the queue, at once or not at all: an attempt after the first, or a request whose own backend is another. Those
    /// whose own backend it is come first, and what need not be sent must not wait for room.
    /// </summary>
    /// <param name="passage">Whose attempt.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="permit">What is to be given back; none where the gate does not act.</param>
    public bool TryPass(Passage passage, long now, out GatePermit permit)
    {
        ArgumentNullException.ThrowIfNull(passage);
        permit = default;
        if (Rule is null)
        {
            return true;
        }

        var chain = ChainOf(passage.Route.Chain);
        if (State.Gate.TryPass(Plan, chain))
        {
            permit = new(this, chain, now);
            return true;
        }

        if (Rule.ActsOn(passage))
        {
            return false;
        }

        Rule.Shadowed.Add();
        return true;
    }
}

/// <summary>Mode and share of a backend's gate, for whom no route's rule asks it.</summary>
public sealed class GateRule(Layer layer, string backend, Mode mode, StripedCounter shadowed) : Rule(layer, backend, mode, shadowed);
