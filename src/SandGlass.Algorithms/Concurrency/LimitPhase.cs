namespace SandGlass.Algorithms.Concurrency;

/// <summary>What an adaptive limit is doing.</summary>
public enum LimitPhase : byte
{
    /// <summary>Too few round trips known to judge any: the plan's start holds.</summary>
    Learning,

    /// <summary>The limit is not reached: nothing to decide, and the best time to learn what a round trip takes.</summary>
    Free,

    /// <summary>Reached, and the backend answers without a queue of its own: up.</summary>
    Growing,

    /// <summary>Reached, and balanced between growth and cut.</summary>
    Steady,

    /// <summary>The backend queues or fails: down.</summary>
    Cutting,

    /// <summary>Cutting does not help: perhaps the backend has become slower. A probe is due on the next half second of the wall clock.</summary>
    Suspecting,

    /// <summary>Held low for a moment, to hear what a round trip takes when nothing waits in the backend.</summary>
    Probing,
}
