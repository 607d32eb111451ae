namespace SandGlass.Guarding;

/// <summary>How the gateway itself is.</summary>
/// <param name="Cpu">CPU used of what the process may use, 0..1; time in which it wanted to run and was throttled counts as used.</param>
/// <param name="Memory">Memory used of what the process may use, 0..1; what the kernel can take back at once does not count.</param>
/// <param name="ThreadPoolDelaySeconds">How long work waits for a thread, seconds.</param>
/// <param name="Connections">Open connections.</param>
public readonly record struct GuardReading(double Cpu, double Memory, double ThreadPoolDelaySeconds, int Connections);

/// <summary>Where readings come from. Asked by one thread.</summary>
public interface IGuardReadings
{
    /// <summary>How it is since the last reading.</summary>
    /// <param name="connections">Connections that the listener holds.</param>
    GuardReading Read(int connections);
}

/// <summary>Bounds of the readings: at its bound a reading is a load of 1.</summary>
/// <param name="Cpu">Fraction, above 0..1.</param>
/// <param name="Memory">Fraction, above 0..1.</param>
/// <param name="ThreadPoolDelaySeconds">Seconds, above 0.</param>
/// <param name="Connections">Connections, above 0.</param>
public readonly record struct GuardBounds(double Cpu, double Memory, double ThreadPoolDelaySeconds, int Connections);

/// <summary>What the guard sees and does now; each reading as a fraction of its bound.</summary>
/// <param name="Load">The steady load, 0..1.</param>
/// <param name="Level">Fraction 0..1 of the groups below critical-plus that are turned away.</param>
/// <param name="Cpu">CPU of its bound.</param>
/// <param name="Memory">Memory of its bound.</param>
/// <param name="ThreadPoolDelay">Thread-pool delay of its bound.</param>
/// <param name="Connections">Open connections of their bound.</param>
/// <param name="Worst">The reading that makes the load.</param>
public sealed record GuardStatus(double Load, double Level, double Cpu, double Memory, double ThreadPoolDelay, double Connections, string Worst);
