using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Layers.Shed;

/// <summary>
/// The gate of one backend, and the timer that ends the waiting of those who waited too long. The timer runs only while somebody waits.
/// </summary>
public sealed class ShedState : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(5);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private GatePlan _plan;
    private int _armed;

    /// <summary>A gate.</summary>
    /// <param name="limit">How many at once: fixed, or one that finds the number.</param>
    /// <param name="time">The clock.</param>
    public ShedState(IConcurrencyLimit limit, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        Gate = new(limit);
        _timer = time.CreateTimer(static state => ((ShedState)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The gate.</summary>
    public AdmissionGate Gate { get; }

    /// <summary>Somebody waits: see to it that it ends.</summary>
    public void Arm(in GatePlan plan)
    {
        _plan = plan;
        if (Interlocked.Exchange(ref _armed, 1) == 0)
        {
            _timer.Change(Beat, Beat);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Expire()
    {
        Gate.Expire(_plan, _time.GetTimestamp());
        if (Gate.Queued > 0)
        {
            return;
        }

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Volatile.Write(ref _armed, 0);
        // Whoever came in between found the timer armed and did not wind it.
        if (Gate.Queued > 0)
        {
            Arm(_plan);
        }
    }
}
