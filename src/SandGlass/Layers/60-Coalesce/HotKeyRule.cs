using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.HotKeys;
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

    /// <summary>The counts; live as long as the process.</summary>
    public required HotKeyState State { get; init; }
}
