namespace SandGlass.Algorithms;

/// <summary>Why something was refused: a closed set, so that it may be a metric's tag. Each says what <see cref="Verdict.Measured"/> holds.</summary>
public static class Reasons
{
    /// <summary>The rate's bucket is empty. Measured: tokens left.</summary>
    public const string Quota = "quota";

    /// <summary>No room to wait, and nobody of less importance waits. Measured: waiters.</summary>
    public const string QueueFull = "queue-full";

    /// <summary>Waited as long as the plan lets anyone wait. Measured: ticks waited.</summary>
    public const string QueueTimeout = "queue-timeout";

    /// <summary>Waited until what is left of its time is less than the backend needs: dead work. Measured: ticks waited.</summary>
    public const string Deadline = "deadline";

    /// <summary>Gave its place to somebody more important. Measured: waiters.</summary>
    public const string PushedOut = "pushed-out";

    /// <summary>The client left while it waited; nobody reads this answer. Measured: 0.</summary>
    public const string Abandoned = "abandoned";

    /// <summary>The gateway itself is overloaded. Measured: its load, 0..1.</summary>
    public const string Overload = "overload";

    /// <summary>The breaker is open. Measured: the ratio that opened it.</summary>
    public const string Open = "open";

    /// <summary>Somebody has ordered the breaker to be open. Measured: 0.</summary>
    public const string Forced = "forced";

    /// <summary>The breaker tries the backend with a few probes, and this is not one of them. Measured: probes under way.</summary>
    public const string HalfOpen = "half-open";
}
