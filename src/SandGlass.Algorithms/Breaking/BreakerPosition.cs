namespace SandGlass.Algorithms.Breaking;

/// <summary>Where a breaker stands; the numbers are what the metric shows.</summary>
public enum BreakerPosition : byte
{
    /// <summary>Everything passes and is counted.</summary>
    Closed,

    /// <summary>A few probes pass.</summary>
    HalfOpen,

    /// <summary>Nothing passes.</summary>
    Open,
}
