using System.Diagnostics;

namespace SandGlass.Guarding;

/// <summary>
/// Reads the process and its cgroup. Without a CPU quota the allowance is all processors; without a memory limit it is what the collector
/// takes for available.
/// </summary>
internal sealed class MachineReadings(CgroupFiles files) : IGuardReadings
{
    private readonly Probe _probe = new();
    private (double Cpus, double Used, double Throttled) _before;
    private long _beforeAt;

    /// <inheritdoc/>
    public GuardReading Read(int connections)
    {
        var now = Stopwatch.GetTimestamp();
        var cpu = files.Cpu() ?? (Environment.ProcessorCount, Environment.CpuUsage.TotalTime.TotalSeconds, 0);
        var share = 0.0;
        // Where the quota came or went, the counters are those of another group: nothing to compare with.
        if (_beforeAt != 0 && _before.Cpus == cpu.Item1)
        {
            share = Share(cpu.Item2 - _before.Used, cpu.Item3 - _before.Throttled, Stopwatch.GetElapsedTime(_beforeAt, now).TotalSeconds, cpu.Item1);
        }

        (_before, _beforeAt) = (cpu, now);
        return new(share, files.Memory() ?? OfCollector(), _probe.Delay().TotalSeconds, connections);
    }

    /// <summary>CPU used of what was allowed, 0..1; throttled time is time in which the allowance was used up.</summary>
    internal static double Share(double used, double throttled, double seconds, double cpus) =>
        seconds <= 0 ? 0 : Math.Clamp((used / (seconds * cpus)) + (Math.Max(0, throttled) / seconds), 0, 1);

    private static double OfCollector()
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return available <= 0 ? 0 : Math.Clamp((double)Environment.WorkingSet / available, 0, 1);
    }

    /// <summary>One work item that goes round: how long the last one waited, or the present one has waited already.</summary>
    private sealed class Probe : IThreadPoolWorkItem
    {
        private long _queuedAt;
        private long _waited;
        private int _out;

        public TimeSpan Delay()
        {
            if (Volatile.Read(ref _out) == 0)
            {
                var waited = Volatile.Read(ref _waited);
                _queuedAt = Stopwatch.GetTimestamp();
                Volatile.Write(ref _out, 1);
                // To the end of the common queue, where requests wait too.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return Stopwatch.GetElapsedTime(0, waited);
            }

            return Stopwatch.GetElapsedTime(_queuedAt);
        }

        public void Execute()
        {
            Volatile.Write(ref _waited, Stopwatch.GetTimestamp() - _queuedAt);
            Volatile.Write(ref _out, 0);
        }
    }
}
