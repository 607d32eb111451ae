namespace SandGlass.Algorithms.Concurrency;

/// <summary>How a backend's gate behaves. Comes in with every call, so a reload needs no migration.</summary>
/// <param name="Limit">Bounds of the permits.</param>
/// <param name="QueueCapacity">Waiters, at least; 0 = nobody waits.</param>
/// <param name="MaxWait">Ticks anyone waits at most.</param>
public readonly record struct GatePlan(ConcurrencyPlan Limit, int QueueCapacity, long MaxWait)
{
    /// <summary>Waiters besides, as what goes through in so many seconds: a fast backend has a longer queue for the same wait. 0 = none.</summary>
    public double QueueSeconds { get; init; }

    /// <summary>The class of criticality from which on <see cref="Patience"/> is what one waits.</summary>
    public int PatientFrom { get; init; } = GateQueue.Classes;

    /// <summary>Ticks the highest classes wait at most, where that is more than <see cref="MaxWait"/> (four times that to bridge what passes: <see cref="Bridge"/>). Room to wait grows in proportion, beyond this time only to what goes through meanwhile.</summary>
    public long Patience { get; init; }

    /// <summary>Ticks a class waits at most.</summary>
    internal long WaitOf(int criticality) => criticality >= PatientFrom && MaxWait > 0 ? Math.Max(MaxWait, Patience) : MaxWait;

    /// <summary>Fraction 0…0.05 of the permits handed to waiters that each class gets, so that none starves. 0 = strict priority.</summary>
    public double Floor { get; init; }

    /// <summary>What the chains that use this gate may count on; null where there is one, or none keeps anything.</summary>
    public ChainShare[]? Chains { get; init; }

    /// <summary>The clock's frequency, for <see cref="QueueSeconds"/> and what a refusal says of later. 0: refusals say nothing of later.</summary>
    public long TicksPerSecond { get; init; }
}
