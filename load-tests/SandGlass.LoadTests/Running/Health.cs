using SandGlass.LoadTests.Measuring;

namespace SandGlass.LoadTests.Running;

/// <summary>
/// The generator looks at itself: work handed to the thread pool twenty times a second, and how long it waited there. Answers wait in the same
/// line, so where this is slow the latencies are the generator's and not the server's.
/// </summary>
internal sealed class Health(TimeProvider time)
{
    private readonly TimeSpan _pausedBefore = GC.GetTotalPauseDuration();
    private readonly TimeSpan _cpuBefore = Environment.CpuUsage.TotalTime;
    private readonly long _began = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly LogLinearHistogram _delays = new();

    /// <summary>p99 of the waits.</summary>
    public TimeSpan DelayP99
    {
        get
        {
            lock (_lock)
            {
                return _delays.Quantile(0.99);
            }
        }
    }

    /// <summary>All garbage collection pauses of the run.</summary>
    public TimeSpan Paused => GC.GetTotalPauseDuration() - _pausedBefore;

    /// <summary>Cores that this process used.</summary>
    public double Cores => time.GetElapsedTime(_began) is { Ticks: > 0 } elapsed ? (Environment.CpuUsage.TotalTime - _cpuBefore) / elapsed : 0;

    public void Probe()
    {
        var asked = time.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                lock (_lock)
                {
                    _delays.Record(time.GetElapsedTime(asked));
                }
            },
            null);
    }
}
