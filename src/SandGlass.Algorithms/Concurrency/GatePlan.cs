namespace SandGlass.Algorithms.Concurrency;

/// <summary>How a backend's gate behaves. Comes in with every call, so a reload needs no migration.</summary>
/// <param name="Limit">Bounds of the permits.</param>
/// <param name="QueueCapacity">Waiters, at least; 0 = nobody waits.</param>
/// <param name="MaxWait">Ticks anyone waits at most.</param>
public readonly record struct GatePlan(ConcurrencyPlan Limit, int QueueCapacity, long MaxWait)
{
    /// <summary>Waiters besides, as what goes through in so many seconds: a fast backend has a longer queue for the same wait. 0 = none.</summary>
    public double QueueSeconds { get; init; }

    /// <summary>Fraction 0…0.05 of the permits handed to waiters that each class gets, so that none starves. 0 = strict priority.</summary>
    public double Floor { get; init; }

    /// <summary>What the chains that use this gate may count on; null where there is one, or none keeps anything.</summary>
    public ChainShare[]? Chains { get; init; }

    /// <summary>The clock's frequency, for <see cref="QueueSeconds"/> and what a refusal says of later. 0: refusals say nothing of later.</summary>
    public long TicksPerSecond { get; init; }
}
