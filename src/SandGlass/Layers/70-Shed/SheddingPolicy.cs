using SandGlass.Policy;

namespace SandGlass.Layers.Shed;

/// <summary>What happens when there is more than the backends bear.</summary>
public sealed record SheddingPolicy
{
    /// <summary>"off", "shadow" (decided, counted, not acted on) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side. Raise it step by step to bring in a rule that could hurt.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;

    /// <summary>
    /// How long a request may wait for its turn, "0s".."5s". Default "50ms". Longer smooths bursts and adds as much to the slowest answers.
    /// </summary>
    [Within("0s", "5s")]
    public Duration MaxWait { get; init; } = Duration.FromMilliseconds(50);
}
