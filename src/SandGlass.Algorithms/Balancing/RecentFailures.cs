namespace SandGlass.Algorithms.Balancing;

/// <summary>
/// Whether a backend has failed lately: its answers of the last seconds, each counting half after five. Ill from two failures on, as long as
/// they are no fewer than the successes. While nothing fails, a report costs one volatile read, and a question too.
/// </summary>
public sealed class RecentFailures
{
    /// <summary>After so many seconds an answer counts half.</summary>
    public const double HalfLife = 5;

    /// <summary>So many failures that do not outweigh successes are chance.</summary>
    public const double Least = 1.5;

    private readonly Lock _lock = new();
    private double _failures;
    private double _successes;
    private long _at;

    /// <summary>An answer has come, or has not.</summary>
    /// <param name="failed">Whether it is the backend's failure.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="ticksPerSecond">Of the clock.</param>
    public void Report(bool failed, long now, long ticksPerSecond)
    {
        if (!failed && Volatile.Read(ref _failures) == 0)
        {
            return;
        }

        lock (_lock)
        {
            Fade(now, ticksPerSecond);
            if (failed)
            {
                _failures++;
            }
            else if (_failures > 0)
            {
                _successes++;
            }
        }
    }

    /// <summary>Whether failures outweigh what went well.</summary>
    public bool IsIll(long now, long ticksPerSecond)
    {
        if (Volatile.Read(ref _failures) == 0)
        {
            return false;
        }

        lock (_lock)
        {
            Fade(now, ticksPerSecond);
            return _failures >= Least && _failures >= _successes;
        }
    }

    private void Fade(long now, long ticksPerSecond)
    {
        double left = Math.Pow(0.5, Math.Max(0, now - _at) / (HalfLife * ticksPerSecond));
        _at = Math.Max(_at, now);
        (_failures, _successes) = _failures * left < 0.1 ? (0, 0) : (_failures * left, _successes * left);
    }
}
