using SandGlass.Guarding;
using SandGlass.Policy;

namespace SandGlass.Layers.Shed;

/// <summary>
/// When the gateway itself is in trouble. Each reading is taken as a fraction of its bound here, and the worst is the load: below 0.75 nobody
/// is turned away, at 1 all but critical-plus.
/// </summary>
public sealed record SelfPolicy
{
    /// <summary>"off", "shadow" (decided, counted, not acted on) or "enforce" (default).</summary>
    public Mode Mode { get; init; } = Mode.Enforce;

    /// <summary>
    /// Percent 0..100 of the clients on whom "enforce" acts; for the others the rule is in shadow. Default 100. The same client is always
    /// on the same side.
    /// </summary>
    [Within(0, 100)]
    public double EnforcePercent { get; init; } = 100;

    /// <summary>
    /// Fraction 0.1..1 of the CPU that the process may use (its cgroup's quota, else all processors) at which the load is 1. Default 0.95:
    /// above it, answers wait for the processor more than they compute.
    /// </summary>
    [Within(0.1, 1)]
    public double Cpu { get; init; } = 0.95;

    /// <summary>
    /// Fraction 0.1..1 of the memory that the process may use (its cgroup's limit, else the machine's) at which the load is 1. Default 0.95:
    /// the kernel ends what goes beyond.
    /// </summary>
    [Within(0.1, 1)]
    public double Memory { get; init; } = 0.95;

    /// <summary>
    /// How long work may wait for a thread at which the load is 1, "10ms".."5s". Default "250ms": by then each step of each request waits
    /// as long.
    /// </summary>
    [Within("10ms", "5s")]
    public Duration ThreadPoolDelay { get; init; } = Duration.FromMilliseconds(250);

    /// <summary>
    /// Open connections of clients at which the load is 1, 10..10,000,000. Default: half the files that the process may have open, since
    /// each request may need a connection to a backend too; without a limit of files 100,000.
    /// </summary>
    [Within(10, 10_000_000)]
    public int? Connections { get; init; }

    /// <summary>The bounds, with what the machine gives where the policy says nothing.</summary>
    internal GuardBounds Bounds(int? openFiles) =>
        new(Cpu, Memory, ThreadPoolDelay.Value.TotalSeconds, Connections ?? Math.Max(10, (openFiles ?? 200_000) / 2));
}
