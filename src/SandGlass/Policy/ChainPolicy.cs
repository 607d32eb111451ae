namespace SandGlass.Policy;

/// <summary>A business chain: routes that live and die together. The four chains of a shop exist without being written.</summary>
public sealed record ChainPolicy
{
    /// <summary>
    /// Who goes first when there is too much: "sheddable", "sheddable-plus", "critical" (default), "critical-plus".
    /// A route may rank itself otherwise. Change it when the business does.
    /// </summary>
    public Criticality Criticality { get; init; } = Criticality.Critical;

    /// <summary>
    /// Fraction 0..1 of a backend's concurrency that is this chain's when several chains ask the backend and all are busy: within it, its
    /// requests go before those of chains of the same criticality that are above theirs. Criticality goes before shares. Default 0: it
    /// lives on what others leave. The shares of the chains in use should not sum to more than 1.
    /// </summary>
    [Within(0, 1)]
    public double Share { get; init; }

    /// <summary>
    /// Fraction 0..1 of its share that others may use while it is idle. Default 1. Lower it for a chain whose surge must find room at once:
    /// what is not lent is kept free for it on the backends that it shares with others.
    /// </summary>
    [Within(0, 1)]
    public double Lend { get; init; } = 1;

    /// <summary>
    /// Fraction 0..1 of a backend's concurrency that it may use beyond its share, out of what others leave idle. Default 1: all of it. Lower it for a chain
    /// whose long requests would still hold the backend when its owner is back; 0 is its share and no more, and one request at once at least.
    /// </summary>
    [Within(0, 1)]
    public double Borrow { get; init; } = 1;

    /// <summary>The chains of a shop on a great day. A file's `chains` is laid over them by name.</summary>
    public static IReadOnlyDictionary<string, ChainPolicy> Defaults { get; } = new OrderedDictionary<string, ChainPolicy>(StringComparer.Ordinal)
    {
        ["transaction"] = new() { Criticality = Criticality.CriticalPlus, Share = 0.5, Lend = 0.5 },
        ["fulfillment"] = new() { Criticality = Criticality.Critical, Share = 0.15, Lend = 1 },
        ["marketing"] = new() { Criticality = Criticality.SheddablePlus, Share = 0.25, Lend = 1 },
        ["after-sale"] = new() { Criticality = Criticality.Sheddable, Share = 0.1, Lend = 1 },
    };
}
