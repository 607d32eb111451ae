namespace SandGlass.Algorithms.Concurrency;

/// <summary>How a backend's gate behaves. Comes in with every call, so a reload needs no migration.</summary>
/// <param name="Limit">Bounds of the permits.</param>
/// <param name="QueueCapacity">Waiters at most; 0 = nobody waits.</param>
/// <param name="MaxWait">Ticks anyone waits at most.</param>
public readonly record struct GatePlan(ConcurrencyPlan Limit, int QueueCapacity, long MaxWait);
