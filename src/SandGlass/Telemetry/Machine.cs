using System.Diagnostics;

namespace SandGlass.Telemetry;

/// <summary>How the process is: share of all cores, memory, collector pauses, waiting work.</summary>
/// <param name="Cpu">Share of all cores in the last second, 0…1.</param>
/// <param name="MemoryMb">Resident, MB.</param>
/// <param name="GcPauseRatio">Share of the process's life spent in pauses.</param>
/// <param name="ThreadPoolQueue">Work items waiting for a thread.</param>
public readonly record struct MachineReading(double Cpu, double MemoryMb, double GcPauseRatio, long ThreadPoolQueue);

/// <summary>Reads <see cref="MachineReading"/>.</summary>
internal sealed class Machine
{
    private readonly Process _process = Process.GetCurrentProcess();
    private TimeSpan _cpuBefore;
    private long _before;

    /// <summary>How it is since the last reading.</summary>
    public MachineReading Read(long now, TimeProvider time)
    {
        _process.Refresh();
        var cpu = _process.TotalProcessorTime;
        var share = _before == 0 ? 0
            : (cpu - _cpuBefore) / (time.GetElapsedTime(_before, now) * Environment.ProcessorCount + TimeSpan.FromTicks(1));
        _cpuBefore = cpu;
        _before = now;
        return new(
            Math.Round(Math.Clamp(share, 0, 1), 3),
            Math.Round(_process.WorkingSet64 / 1048576.0, 1),
            Math.Round(GC.GetGCMemoryInfo().PauseTimePercentage / 100, 4),
            ThreadPool.PendingWorkItemCount);
    }
}
