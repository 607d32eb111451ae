namespace SandGlass.Algorithms.Breaking;

/// <summary>When a breaker opens and for how long. Comes in with every call, so a reload needs no migration.</summary>
/// <param name="FailureRatio">Opens at this share of failures in the window, 0…1; 0 = not used.</param>
/// <param name="SlowRatio">Opens at this share of slow calls in the window, 0…1; 0 = not used.</param>
/// <param name="Slow">Ticks from which on a call is slow, however it ended.</param>
/// <param name="Window">Ticks looked back on, in ten steps.</param>
/// <param name="MinRequests">Calls in the window below which no ratio means anything.</param>
/// <param name="Open">Ticks of the first opening.</param>
public readonly record struct BreakerPlan(double FailureRatio, double SlowRatio, long Slow, long Window, int MinRequests, long Open)
{
    /// <summary>Ticks that a later opening may take, each being twice the one before. Below <see cref="Open"/>: it does not grow.</summary>
    public long MostOpen { get; init; } = long.MaxValue;
}
