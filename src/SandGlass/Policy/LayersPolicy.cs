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
}

/// <summary>What the section `layers` says about a layer, also when it says nothing.</summary>
public static class LayersPolicy
{
    /// <summary>The layer's mode; "enforce" where the policy is silent.</summary>
    public static Mode ModeOf(this IReadOnlyDictionary<LayerName, LayerPolicy> layers, LayerName layer) =>
        layers.TryGetValue(layer, out LayerPolicy? written) ? written.Mode : Mode.Enforce;
}
