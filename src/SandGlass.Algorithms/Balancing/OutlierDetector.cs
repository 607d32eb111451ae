using SandGlass.Algorithms.Breaking;

namespace SandGlass.Algorithms.Balancing;

/// <summary>
/// Whether one destination fails so often that it is better left out. Each ejection in a row is longer than the one before (as Envoy's: base × times,
/// capped at ten); a stay without trouble as long as the base takes one off again. Calls that end while it is out count nowhere: they
/// began before, or were sent because there was nobody else. One that is back is on trial until it has answered well once: <see cref="Trial"/> failures and no
/// success put it out again. To a backend that hangs still hardly anything is sent by then, for its limit has fallen, and <c>MinRequests</c> would never be met.
/// </summary>
public sealed class OutlierDetector
{
    /// <summary>The longest ejection, in multiples of the base.</summary>
    public const int MostTimes = 10;

    /// <summary>Failures, and nothing else, that put one out again which has just come back.</summary>
    public const int Trial = 3;

    /// <summary><see cref="Until"/> of one that was never out.</summary>
    public const long Never = long.MinValue;

    private readonly Lock _lock = new();
    private SlidingCounts _counts = new();
    private long _until = Never;
    private int _times;

    /// <summary>The tick at which it comes back, or came back last; <see cref="Never"/> before the first ejection.</summary>
    public long Until => Volatile.Read(ref _until);

    /// <summary>Whether it is out.</summary>
    public bool IsEjected(long now) => Until > now;

    /// <summary>A call to it has ended.</summary>
    /// <returns>Whether it is an outlier by now; <see cref="Eject"/> is another's decision, who sees all of them.</returns>
    public bool Report(in EjectionPlan plan, bool failed, long now)
    {
        lock (_lock)
        {
            if (_until > now)
            {
                return false;
            }

            _counts.Add(plan.Window, now, failed, slow: false);
            return failed && ((_counts.Calls >= plan.MinRequests && _counts.Failed >= plan.FailureRatio * _counts.Calls) || FailsItsTrial(plan, now));
        }
    }

    // Later it is one like the others, though it may not have been asked since.
    private bool FailsItsTrial(in EjectionPlan plan, long now) =>
        _until != Never && now - _until <= plan.Window && _counts.Failed == _counts.Calls && _counts.Calls >= Math.Min(Trial, plan.MinRequests);

    /// <summary>Leaves it out from now on; it is judged afresh when it comes back.</summary>
    public void Eject(in EjectionPlan plan, long now)
    {
        lock (_lock)
        {
            long stay = Math.Max(1, plan.For);
            if (_until != Never)
            {
                _times -= (int)Math.Min(_times, (now - _until) / stay);
            }

            _times = Math.Min(_times + 1, MostTimes);
            _counts = new();
            Volatile.Write(ref _until, now + (stay * _times));
        }
    }

    /// <summary>Another server stands behind the name now: nothing is known of it.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _times = 0;
            _counts = new();
            Volatile.Write(ref _until, Never);
        }
    }
}
