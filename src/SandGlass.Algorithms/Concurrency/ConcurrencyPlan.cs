namespace SandGlass.Algorithms.Concurrency;

/// <summary>The bounds of a concurrency limit, in requests under way at once. If they contradict each other, <see cref="Min"/> wins.</summary>
/// <param name="Initial">Where it starts, and where a fixed limit stays.</param>
/// <param name="Min">Never below.</param>
/// <param name="Max">Never above.</param>
public readonly record struct ConcurrencyPlan(int Initial, int Min, int Max);
