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

    /// <summary>Fraction 0..1 of the clients on whom an enforced rule acts; for the others it is in shadow.</summary>
    public double EnforceShare { get; init; } = 1;

    /// <summary>
    /// Whether the rule acts on this request, and may be seen from outside (headers). THE meaning of <c>mode</c> and <c>enforcePercent</c>:
    /// where it does not act, it is decided and counted only.
    /// </summary>
    public bool ActsOn(Passage passage) =>
        Mode == Mode.Enforce && (EnforceShare >= 1 || ClientPosition.Of(Layer.Place.Word(), Name, passage) < EnforceShare);

    /// <summary>
    /// Whether what it took for a request is held until that has ended, also where the backend is done with it earlier: when a stream's head
    /// is out, or another backend is asked.
    /// </summary>
    public virtual bool HoldsToTheEnd => false;

    /// <summary><c>sandglass_shadow_total{layer,rule}</c>.</summary>
    public StripedCounter Shadowed { get; } = shadowed;
}
