namespace SandGlass.Algorithms.Concurrency;

/// <summary>What one gateway tells the others of its limit before a backend that all of them ask.</summary>
/// <param name="Limit">Requests under way at once; 0 = it knows nothing of its own yet.</param>
/// <param name="Ratio">R: round trips over what they take when nothing queues.</param>
/// <param name="Stretch">How many times longer its looks have found the work to take since it last heard the backend free; 0 = unknown.</param>
/// <param name="IsReached">Whether it is at its limit: only then do limit and R say something about the backend.</param>
public readonly record struct LimitHint(double Limit, double Ratio, double Stretch, bool IsReached)
{
    /// <summary>Whether its limit is what it began with, since that was never reached.</summary>
    public bool IsGuess { get; init; }

    /// <summary>Round trips of its last window; 0 = it has nothing new to say.</summary>
    public double Heard { get; init; }

    /// <summary>R of those alone.</summary>
    public double Measured { get; init; }

    /// <summary>Requests that were being worked on for it at once in that window: what those that ended take when nothing queues, over its length. 0 = unknown.</summary>
    public double Work { get; init; }
}
