namespace SandGlass.Algorithms.Concurrency;

/// <summary>An adaptive limit at one moment, for people and metrics.</summary>
/// <param name="Limit">Requests under way at once.</param>
/// <param name="Ratio">R of the last window: round trips over their routes' bases. 1 = no queue, 2 = half of the time is waiting.</param>
/// <param name="Base">Ticks that a round trip of the last window's mix takes when nothing queues; 0 = unknown.</param>
/// <param name="Throughput">Round trips a second, over about the last second.</param>
/// <param name="Known">Round trips the bases rest on; those that other gateways lend included; growth begins at 32, steering at 256, in a fleet of N at 256/√N.</param>
/// <param name="Phase">What it is doing.</param>
/// <param name="Reason">One of <see cref="LimitReasons"/>: why it last moved or stayed.</param>
/// <param name="Since">Monotonic ticks at which the phase began.</param>
/// <param name="Told">Whether R is what the backend itself says of its queue.</param>
public readonly record struct LimitStatus(
    int Limit, double Ratio, double Base, double Throughput, int Known, LimitPhase Phase, string Reason, long Since, bool Told = false);
