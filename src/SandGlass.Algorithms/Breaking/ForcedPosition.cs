namespace SandGlass.Algorithms.Breaking;

/// <summary>A position that somebody has ordered.</summary>
/// <param name="Position">Open or closed.</param>
/// <param name="Until">Monotonic tick at which the breaker decides by itself again.</param>
public sealed record ForcedPosition(BreakerPosition Position, long Until);
