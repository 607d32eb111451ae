using SandGlass.Policy;

namespace SandGlass.Layers.Shed;

/// <summary>What happens when there is more than the backends bear.</summary>
public sealed record SheddingPolicy
{
    /// <summary>"off", "shadow" (decided, counted, not acted on) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// How long a request may wait for its turn, "0s".."5s". Default "50ms". Longer smooths bursts and adds as much to the slowest answers.
    /// </summary>
    [Within("0s", "5s")]
    public Duration MaxWait { get; init; } = Duration.FromMilliseconds(50);
}
