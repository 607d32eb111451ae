using SandGlass.Guarding;

namespace SandGlass.Testing;

/// <summary>A machine that is as the test says: calm at first, so that what else runs on the machine decides no test.</summary>
public sealed class CalmReadings : IGuardReadings
{
    private long _cpu;

    /// <summary>CPU used of what is allowed, 0..1.</summary>
    public double Cpu
    {
        get => BitConverter.Int64BitsToDouble(Interlocked.Read(ref _cpu));
        set => Interlocked.Exchange(ref _cpu, BitConverter.DoubleToInt64Bits(value));
    }

    /// <inheritdoc/>
    public GuardReading Read(int connections) => new(Cpu, 0.1, 0, connections);
}
