using SandGlass.Algorithms.Counting;
using SandGlass.Policy;

namespace SandGlass.Request;

/// <summary>
/// One compiled rule of one layer on one route: what <see cref="Gateway"/> walks. Plans derive from it. Immutable but for its counter.
/// </summary>
/// <param name="layer">The layer that decides.</param>
/// <param name="name">The rule's name in metrics and in <c>Proxy-Status</c>.</param>
/// <param name="mode">Off rules are never compiled into a route (see <see cref="RoutePlan"/>), so this is shadow or enforce.</param>
/// <param name="shadowed">Counts what the rule would have done in shadow.</param>
public abstract class Rule(Layer layer, string name, Mode mode, StripedCounter shadowed)
{
    /// <summary>The layer that decides.</summary>
    public Layer Layer { get; } = layer;

    /// <summary>The rule's name.</summary>
    public string Name { get; } = name;

    /// <summary>Shadow or enforce.</summary>
    public Mode Mode { get; } = mode;

    /// <summary>Whether what the rule says may be seen from outside (headers); a shadow rule is silent.</summary>
    public bool Speaks => Mode == Mode.Enforce;

    /// <summary><c>sandglass_shadow_total{layer,rule}</c>.</summary>
    public StripedCounter Shadowed { get; } = shadowed;
}
