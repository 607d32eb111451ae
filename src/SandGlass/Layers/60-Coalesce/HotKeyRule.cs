using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.HotKeys;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>A route's <c>hotKeys</c>, compiled.</summary>
public sealed class HotKeyRule(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>When a key is hot.</summary>
    public required HotKeyPlan Plan { get; init; }

    /// <summary>What is counted.</summary>
    public required KeyPlan Key { get; init; }

    /// <summary>Keys the hash where a fleet tells each other; null: the process's own secret does.</summary>
    public SipKey? HashKey { get; init; }

    /// <summary>The counts; live as long as the process.</summary>
    public required HotKeyState State { get; init; }

    /// <summary>Fraction 0..1 of the route's requests that its hottest key has; 0 while none is hot.</summary>
    public double HottestShare(long now) => State.Sketch.Top(Plan, now).Where(static k => k.IsHot).Select(static k => k.Share).DefaultIfEmpty().Max();
}
