namespace SandGlass.Algorithms.Concurrency;

/// <summary>What one chain holds of one gate; lives as long as the process.</summary>
public sealed class ChainLoad
{
    private int _inFlight;

    /// <summary>Permits out.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Waiters; belongs to the gate's lock.</summary>
    internal int Waiting { get; set; }

    internal void Enter() => Interlocked.Increment(ref _inFlight);

    internal void Leave() => Interlocked.Decrement(ref _inFlight);
}
