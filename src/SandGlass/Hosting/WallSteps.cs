namespace SandGlass.Hosting;

/// <summary>
/// How far the wall clock was set by hand or by NTP, found by holding it against the monotonic one. For whoever keeps moments of the wall
/// clock on the disk, where monotonic ticks mean nothing. Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="time">Both clocks.</param>
public sealed class WallSteps(TimeProvider time)
{
    // Below it is NTP's slewing and a thread that was put aside between the two readings; what adds up to more is a step too.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private long _tick = time.GetTimestamp();
    private DateTimeOffset _wall = time.GetUtcNow();

    /// <summary>How far it was set since the last <see cref="Settle"/>; zero: it was not. Moments that were kept are moved by as much.</summary>
    public TimeSpan Pending
    {
        get
        {
            var step = time.GetUtcNow() - _wall - time.GetElapsedTime(_tick);
            return step.Duration() < Least ? TimeSpan.Zero : step;
        }
    }

    /// <summary>What was kept has been moved: from here on the clock is right.</summary>
    public void Settle() => (_tick, _wall) = (time.GetTimestamp(), time.GetUtcNow());
}
