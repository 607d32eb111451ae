using System.Collections.Concurrent;
using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Layers.Shed;

/// <summary>
/// The gate of one backend, the limit that it finds, what the chains hold of it, and the timer that ends the waiting of those who waited
/// too long. The timer runs only while somebody waits.
/// </summary>
public sealed class ShedState : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(5);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly ConcurrentDictionary<string, ChainLoad> _chains = new(StringComparer.Ordinal);
    // Of whoever came last: a reference, since the timer reads it without a lock.
    private BackendGate? _waited;
    private int _armed;

    /// <summary>A gate.</summary>
    /// <param name="time">The clock.</param>
    public ShedState(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        Limit = new(time.TimestampFrequency);
        Gate = new(Limit);
        Align();
        _timer = time.CreateTimer(static state => ((ShedState)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The gate.</summary>
    public AdmissionGate Gate { get; }

    /// <summary>How many at once: found from the round trips.</summary>
    public AdaptiveLimit Limit { get; }

    /// <summary>Hours since the Unix epoch, as of the last <see cref="Align"/>.</summary>
    public long HourNow { get; private set; }

    /// <summary>What a chain holds of it.</summary>
    public ChainLoad Chain(string name) => _chains.GetOrAdd(name, static _ => new());

    /// <summary>Tells the limit of the wall clock: gateways of a fleet probe their backends together. To be called now and then.</summary>
    public void Align()
    {
        var since = _time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        HourNow = (long)since.TotalHours;
        Limit.Align(_time.GetTimestamp(), (long)(since.TotalSeconds * _time.TimestampFrequency));
    }

    /// <summary>Somebody waits: see to it that it ends.</summary>
    /// <param name="gate">As the policy in force sets it.</param>
    public void Arm(BackendGate gate)
    {
        Volatile.Write(ref _waited, gate);
        if (Interlocked.Exchange(ref _armed, 1) == 0)
        {
            _timer.Change(Beat, Beat);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Expire()
    {
        var gate = Volatile.Read(ref _waited)!;
        Gate.Expire(gate.Plan, _time.GetTimestamp());
        if (Gate.Queued > 0)
        {
            return;
        }

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // Whoever came in between found the timer armed and did not wind it. A full fence, not a volatile write: else the count may be read before
        // anybody sees the timer stopped, and the one who queues in that moment is seen by nobody.
        Interlocked.Exchange(ref _armed, 0);
        if (Gate.Queued > 0)
        {
            Arm(gate);
        }
    }
}
