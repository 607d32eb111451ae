namespace SandGlass.Algorithms.Balancing;

/// <summary>When a destination is left out, for how long, and how many may be out at once.</summary>
/// <param name="FailureRatio">Share of the window's calls that must fail, above 0 up to 1.</param>
/// <param name="MinRequests">Calls in the window before the ratio means anything.</param>
/// <param name="Window">Ticks looked back on.</param>
/// <param name="For">Ticks of the first ejection; the n-th in a row lasts n times as long, ten times at most.</param>
/// <param name="MaxEjected">Share of the destinations that may be out at once, 0..1.</param>
public readonly record struct EjectionPlan(double FailureRatio, int MinRequests, long Window, long For, double MaxEjected)
{
    /// <summary>How many of so many may be out; rounded down, since one of two is half, and one of one is all.</summary>
    public int Most(int destinations) => (int)((MaxEjected * destinations) + 1e-9);
}
