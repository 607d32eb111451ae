using SandGlass.Fleet;

namespace SandGlass.Plans;

/// <summary>
/// How much time has passed of each run, by this gateway's monotonic clock; of a run whose time only a wall clock has told, how much more may have
/// passed, until that is no longer in doubt (<see cref="Doubts"/>). Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="time">Both clocks.</param>
internal sealed class PlanTimes(TimeProvider time)
{
    private readonly Doubts _doubts = new(time);
    // Ticks at which runs began, as far as that is known.
    private readonly Dictionary<string, long> _began = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _more = new(StringComparer.Ordinal);

    /// <summary>The wall clock by which this gateway reads what was kept and what is told.</summary>
    public DateTimeOffset Now => _doubts.Now;

    /// <summary>What has passed before this gateway's eyes, or is known to have; zero: nothing is known of it.</summary>
    public TimeSpan Passed(string plan) => _began.TryGetValue(plan, out var began) ? time.GetElapsedTime(began) : TimeSpan.Zero;

    /// <summary>Whether only a wall clock has told of it.</summary>
    public bool IsInDoubt(string plan) => _doubts.Contains(plan);

    /// <summary>A run found at the start.</summary>
    /// <param name="plan">Which.</param>
    /// <param name="passed">What was noted to have passed.</param>
    /// <param name="more">What the wall clock says besides.</param>
    public void Restored(string plan, TimeSpan passed, TimeSpan more)
    {
        Set(plan, passed);
        _more[plan] = more;
        _doubts.Restored(plan);
    }

    /// <summary>A run of which the fleet has told without saying how much has passed.</summary>
    /// <param name="plan">Which.</param>
    /// <param name="passed">What is known to have passed.</param>
    /// <param name="more">What the wall clock says besides.</param>
    public void Heard(string plan, TimeSpan passed, TimeSpan more)
    {
        Set(plan, passed);
        _more[plan] = more;
        _doubts.Heard(plan);
    }

    /// <summary>So much has passed, beyond doubt.</summary>
    public void Set(string plan, TimeSpan passed)
    {
        Forget(plan);
        _began[plan] = time.GetTimestamp() - Ticks(passed);
    }

    /// <summary>It is over.</summary>
    public void Forget(string plan)
    {
        _doubts.Remove(plan);
        _more.Remove(plan);
        _began.Remove(plan);
    }

    /// <summary>The fleet was heard.</summary>
    /// <param name="clock">Redis', at this moment.</param>
    public void Compare(DateTimeOffset clock) => _doubts.Compare(clock);

    /// <summary>Takes the wall clock's word where it is believed by now, or was doubted in vain; of which runs.</summary>
    /// <param name="isAlone">Whether there is no fleet that could know better.</param>
    public IReadOnlyList<string> Settle(bool isAlone)
    {
        var settled = _doubts.Settle(isAlone);
        foreach (var plan in settled)
        {
            _more.Remove(plan, out var more);
            _began[plan] -= Ticks(more);
        }

        return settled;
    }

    /// <summary>The longer of two times.</summary>
    public static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
