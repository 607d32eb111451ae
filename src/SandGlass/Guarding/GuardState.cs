using SandGlass.Algorithms.Guarding;

namespace SandGlass.Guarding;

/// <summary>
/// The gateway's own load and what follows from it. Written by one thread each 100 ms, read by every request: while all is well that is one
/// volatile read and a compare.
/// </summary>
public sealed class GuardState
{
    /// <summary>The load from which idle connections are asked to close: before anybody is refused.</summary>
    public const double IdleMark = 0.6;

    private SelfLoad _load;
    private volatile int _cut;
    private long _hour;
    private volatile GuardStatus _status = new(0, 0, 0, 0, 0, 0, "cpu");

    /// <summary>How many groups, from the bottom, are turned away; 0 while all is well.</summary>
    public int Cut => _cut;

    /// <summary>Hours since 1970: cohorts are drawn anew each hour, so that the same clients do not lose for the whole sale.</summary>
    public long Hour => Volatile.Read(ref _hour);

    /// <summary>What is seen and done.</summary>
    public GuardStatus Status => _status;

    /// <summary>Whether idle connections shall go.</summary>
    public bool IsTight => _status.Load >= IdleMark;

    /// <summary>Takes a reading in.</summary>
    /// <param name="reading">How it is.</param>
    /// <param name="bounds">What is too much.</param>
    /// <param name="seconds">Since the last reading.</param>
    /// <param name="hour">Hours since 1970, UTC: the same on every gateway.</param>
    public void Take(in GuardReading reading, in GuardBounds bounds, double seconds, long hour)
    {
        (double Of, string Name)[] all =
        [
            (BusyProcessor.Load(reading.Cpu / bounds.Cpu, reading.ThreadPoolDelaySeconds / bounds.ThreadPoolDelaySeconds), "cpu"),
            (reading.Memory / bounds.Memory, "memory"),
            (reading.ThreadPoolDelaySeconds / bounds.ThreadPoolDelaySeconds, "threadPoolDelay"),
            ((double)reading.Connections / bounds.Connections, "connections"),
        ];
        var worst = all.MaxBy(static r => r.Of);
        var load = _load.Next(worst.Of, seconds);
        var cut = CutOff.At(load);
        Volatile.Write(ref _hour, hour);
        _cut = cut;
        _status = new(
            Math.Round(load, 3), Math.Round((double)cut / CutOff.Most, 3), Math.Round(reading.Cpu / bounds.Cpu, 3), Math.Round(all[1].Of, 3), Math.Round(all[2].Of, 3), Math.Round(all[3].Of, 3), worst.Name);
    }
}
