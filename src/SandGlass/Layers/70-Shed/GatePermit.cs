using SandGlass.Algorithms;
using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Layers.Shed;

/// <summary>
/// A permit of a backend's gate in somebody's hands: one attempt under way there. A value, so that it can go over to another attempt and costs
/// no object; whoever has it gives it back, once. The default is none, and giving that back does nothing.
/// </summary>
/// <param name="Gate">As the policy set it when the permit was given; null: none is held.</param>
/// <param name="Chain">The chain to which it was given, where shares are kept.</param>
/// <param name="Since">When the attempt began that it is held for, monotonic ticks.</param>
public readonly record struct GatePermit(BackendGate? Gate, ChainLoad? Chain, long Since)
{
    /// <summary>Gives it back.</summary>
    /// <param name="outcome">What the attempt says about the backend.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="route">The route's slot in the limits.</param>
    /// <param name="queued">Ticks that the backend says the request waited there; below 0 where it does not say.</param>
    public void GiveBack(Outcome outcome, long now, int route, long queued = -1) =>
        Gate?.State.Gate.Leave(Gate.Plan, Since, now, outcome, route, Chain, queued);
}
