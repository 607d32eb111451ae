namespace SandGlass.Policy;

/// <summary>Who goes first when there is too much: the lowest is shed first. Ordered, so that they compare.</summary>
public enum Criticality
{
    /// <summary>Nobody notices when it is gone for an hour: reviews, recommendations, prefetching.</summary>
    Sheddable,

    /// <summary>Missed, but nothing is lost: product pages, search.</summary>
    SheddablePlus,

    /// <summary>Costs sales within minutes: cart, shipments.</summary>
    Critical,

    /// <summary>What the event is for: order and pay. Never shed for the gateway's own sake.</summary>
    CriticalPlus,
}
