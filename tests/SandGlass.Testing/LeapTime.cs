namespace SandGlass.Testing;

/// <summary>
/// The real clock, which a test can move on. For a gateway on real sockets: timers and transport run in real time, while buckets refill,
/// breakers half-open and answers grow old the moment the test says so.
/// </summary>
public sealed class LeapTime : TimeProvider
{
    private long _leapt;

    /// <inheritdoc/>
    public override long GetTimestamp() => System.GetTimestamp() + (long)(new TimeSpan(Volatile.Read(ref _leapt)).TotalSeconds * TimestampFrequency);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + new TimeSpan(Volatile.Read(ref _leapt));

    /// <summary>Moves on.</summary>
    public void Leap(TimeSpan by) => Interlocked.Add(ref _leapt, by.Ticks);
}
