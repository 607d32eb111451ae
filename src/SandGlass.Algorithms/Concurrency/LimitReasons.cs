namespace SandGlass.Algorithms.Concurrency;

/// <summary>Why an adaptive limit is where it is: a closed set, so that it may be a metric's tag.</summary>
public static class LimitReasons
{
    /// <summary>Too few round trips known: below 256, in a fleet of N below 256/√N.</summary>
    public const string Start = "start";

    /// <summary>Nothing known yet but what the fleet's other gateways tell.</summary>
    public const string Fleet = "fleet";

    /// <summary>The limit was not reached.</summary>
    public const string Room = "room";

    /// <summary>Reached, and no queue in the backend.</summary>
    public const string NoQueue = "no-queue";

    /// <summary>Round trips take longer than their routes' base: the backend queues.</summary>
    public const string Queueing = "queueing";

    /// <summary>More than one in twenty failed.</summary>
    public const string Failures = "failures";

    /// <summary>The ten-second look at the base.</summary>
    public const string Probe = "probe";

    /// <summary>A look out of turn: cutting did not shorten the round trips.</summary>
    public const string Suspect = "suspect";

    /// <summary>A look found the backend itself slower: the base went up, the limit back to where it was.</summary>
    public const string Slower = "slower";
}
