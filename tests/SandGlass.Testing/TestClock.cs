namespace SandGlass.Testing;

/// <summary>
/// A clock moved by hand. Its frequency is that of an old PC's timer, so that whoever mixes up ticks, milliseconds and 100 ns is found
/// out; it does not begin at 0, so that "0 = never" is not mistaken for a time. Timers fire inside <see cref="Advance"/>, in order, each
/// at its own moment. The wall clock runs along and can step by itself.
/// </summary>
public sealed class TestClock : TimeProvider
{
    private const long Origin = 7_000_000_003;

    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private TimeSpan _elapsed;
    private DateTimeOffset _wall = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => 3_579_545;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that are set.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return Origin + TicksOf(_elapsed);
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _wall;
        }
    }

    /// <summary>So much in this clock's ticks.</summary>
    public long TicksOf(TimeSpan span) => (long)((Int128)span.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);

    /// <summary>Somebody sets the wall clock; the monotonic one does not notice.</summary>
    public void StepWall(TimeSpan by)
    {
        lock (_lock)
        {
            _wall += by;
        }
    }

    /// <summary>Lets time pass; what falls due on the way happens.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan target;
        lock (_lock)
        {
            target = _elapsed + by;
        }

        while (true)
        {
            Timer? due;
            lock (_lock)
            {
                due = _timers.Where(timer => timer.Due <= target).MinBy(static timer => timer.Due);
                var until = due is null ? target : due.Due;
                _wall += until > _elapsed ? until - _elapsed : TimeSpan.Zero;
                _elapsed = until > _elapsed ? until : _elapsed;
                due?.Rewind();
            }

            if (due is null)
            {
                return;
            }

            due.Fire();
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan Due { get; private set; }

        public void Fire() => callback(state);

        // Under the clock's lock: the next turn, or none.
        public void Rewind()
        {
            if (_period > TimeSpan.Zero)
            {
                Due += _period;
            }
            else
            {
                clock._timers.Remove(this);
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._elapsed + dueTime;
                    clock._timers.Add(this);
                }

                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
