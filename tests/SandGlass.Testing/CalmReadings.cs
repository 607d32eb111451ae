using SandGlass.Guarding;

namespace SandGlass.Testing;

/// <summary>A machine that is as the test says: calm at first, so that what else runs on the machine decides no test.</summary>
public sealed class CalmReadings : IGuardReadings
{
    private long _cpu;
    private bool _makesWait;

    /// <summary>CPU used of what is allowed, 0..1.</summary>
    public double Cpu
    {
        get => BitConverter.Int64BitsToDouble(Interlocked.Read(ref _cpu));
        set => Interlocked.Exchange(ref _cpu, BitConverter.DoubleToInt64Bits(value));
    }

    /// <summary>Whether work waits for a thread, 0.1 s: only then is a processor in full use too short.</summary>
    public bool MakesWait
    {
        get => Volatile.Read(ref _makesWait);
        set => Volatile.Write(ref _makesWait, value);
    }

    /// <inheritdoc/>
    public GuardReading Read(int connections) => new(Cpu, 0.1, MakesWait ? 0.1 : 0, connections);
}
