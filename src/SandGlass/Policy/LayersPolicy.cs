namespace SandGlass.Policy;

/// <summary>The layers as policy, metrics and console name them (kebab-case there), in the order of a request's way.</summary>
public enum LayerName
{
    Trust,
    Fallback,
    Switch,
    RateLimit,
    WaitingRoom,
    Coalesce,
    Shed,
    Break,
}

/// <summary>One layer as a whole: `"layers": { "shed": { "mode": "shadow" } }`.</summary>
public sealed record LayerPolicy
{
    /// <summary>
    /// How far the whole layer may go: "off", "shadow" or "enforce" (default). The lower of this and a rule's own mode counts.
    /// One would change it to take a layer out of the way during an incident without touching its rules.
    /// </summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom the whole layer may act. Default 100. The lower of this and a rule's own percentage counts.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;
}

/// <summary>What the section `layers` says about a layer, also when it says nothing.</summary>
public static class LayersPolicy
{
    /// <summary>The layer's mode; "enforce" where the policy is silent.</summary>
    public static Mode ModeOf(this IReadOnlyDictionary<LayerName, LayerPolicy> layers, LayerName layer) =>
        layers.TryGetValue(layer, out LayerPolicy? written) ? written.Mode : Mode.Enforce;

    /// <summary>The percentage of clients on whom the layer may act; 100 where the policy is silent.</summary>
    public static double PercentOf(this IReadOnlyDictionary<LayerName, LayerPolicy> layers, LayerName layer) =>
        layers.TryGetValue(layer, out LayerPolicy? written) ? written.EnforcePercent : 100;
}
