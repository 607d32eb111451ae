using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Policy.Compiling;

/// <summary>One compilation: the policy, what has happened so far, and what every rule asks of the two: how far it may act and on whom.</summary>
/// <param name="policy">A valid one.</param>
/// <param name="pipeline">The layers and their order.</param>
/// <param name="state">What has happened.</param>
internal sealed class Compilation(GatewayPolicy policy, Pipeline pipeline, GatewayState state)
{
    /// <summary>What the operator wrote.</summary>
    public GatewayPolicy Policy => policy;

    /// <summary>The layers and their order.</summary>
    public Pipeline Pipeline => pipeline;

    /// <summary>What has happened.</summary>
    public GatewayState State => state;

    /// <summary>Ticks a second.</summary>
    public long Frequency { get; } = state.Time.TimestampFrequency;

    /// <summary>The weaker of the two.</summary>
    public static Mode Weaker(Mode one, Mode other) => (Mode)Math.Min((int)one, (int)other);

    /// <summary>How far a rule may act: only where both it and its layer are enforced does it refuse.</summary>
    public Mode ModeOf(Mode rule, LayerName layer) => Weaker(rule, policy.Layers.ModeOf(layer));

    /// <summary>On which fraction 0..1 of the clients a rule may act: the lesser of its own percentage and its layer's.</summary>
    public double Share(double percent, LayerName layer) => Math.Min(percent, policy.Layers.PercentOf(layer)) / 100;

    /// <summary>Counts what a rule in shadow would have done.</summary>
    public StripedCounter Shadow(Layer layer, string rule) => state.Shadow(layer.Place.Word(), rule);

    /// <summary>A time in ticks.</summary>
    public long Ticks(Duration duration) => (long)(duration.Value.TotalSeconds * Frequency);
}
