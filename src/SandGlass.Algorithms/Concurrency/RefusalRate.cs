namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// What to tell those who are refused: come back when the backend has had time for all who were refused in the last second and go before you
/// or beside you. At ten times the capacity that spreads the return of nine tenths over nine seconds. The gate's lock guards it.
/// </summary>
internal sealed class RefusalRate
{
    private readonly int[] _now = new int[GateQueue.Classes];
    private readonly int[] _before = new int[GateQueue.Classes];
    private long _began = long.MinValue;

    /// <summary>Counts a refusal of a class.</summary>
    public void Refused(int criticality, long now, long second)
    {
        if (second > 0)
        {
            Turn(now, second);
            _now[criticality]++;
        }
    }

    /// <summary>Ticks from now: a second where nothing was measured. Grows with what was refused, never below a second, at most a minute.</summary>
    /// <param name="criticality">Of whom it is told.</param>
    /// <param name="waiting">Waiters that go before.</param>
    /// <param name="throughput">What the backend does a second.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="second">Ticks.</param>
    public long RetryAfter(int criticality, int waiting, double throughput, long now, long second)
    {
        if (second <= 0 || throughput <= 0)
        {
            return second;
        }

        Turn(now, second);
        // The last whole second, faded out as the next one fills.
        double left = 1 - ((double)(now - _began) / second);
        double ahead = waiting;
        for (int other = criticality; other < GateQueue.Classes; other++)
        {
            ahead += _now[other] + (left * _before[other]);
        }

        return (long)(second * Math.Clamp(ahead / throughput, 1, 60));
    }

    private void Turn(long now, long second)
    {
        if (_began != long.MinValue && now - _began < second)
        {
            return;
        }

        bool next = _began != long.MinValue && now - _began < 2 * second;
        for (int criticality = 0; criticality < GateQueue.Classes; criticality++)
        {
            _before[criticality] = next ? _now[criticality] : 0;
            _now[criticality] = 0;
        }

        _began = next ? _began + second : now;
    }
}
