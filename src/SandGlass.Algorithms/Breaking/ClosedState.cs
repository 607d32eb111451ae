namespace SandGlass.Algorithms.Breaking;

/// <summary>
/// Everything passes and is counted, until the failures or the slow calls in the window reach their ratio. Then: open. A backend that hangs
/// fails no more often than its few permits time out, which may never be enough for one window; so failures that have followed on each other
/// for a window or longer, without a pause and without a success, count together.
/// </summary>
internal sealed class ClosedState(int generation) : BreakerState(generation)
{
    // A pause between the end of one failure and the beginning of the next that is no pause: one step of the window.
    private const int PausesInWindow = 10;

    private readonly SlidingCounts _counts = new();
    private int _inARow;
    private long _rowBegan;
    private long _lastFailed;
    private long _lastSucceeded = long.MinValue;

    public override BreakerPosition Position(long now) => BreakerPosition.Closed;

    public override bool AsksFreely(long now) => true;

    public override Verdict Ask(in BreakerPlan plan, long now, out BreakerState next)
    {
        next = this;
        return Verdict.Admit;
    }

    public override Verdict Peek(in BreakerPlan plan, long now) => Verdict.Admit;

    public override BreakerState Report(in BreakerPlan plan, Outcome outcome, long duration, long now, double roll)
    {
        if (outcome == Outcome.Ignored)
        {
            return this;
        }

        _counts.Add(plan.Window, now, outcome == Outcome.Failure, IsSlow(plan, duration));
        CountRow(plan, outcome, now - duration, now);
        double failed = (double)_counts.Failed / _counts.Calls;
        double slow = (double)_counts.Slow / _counts.Calls;
        bool trips = _counts.Calls >= plan.MinRequests
            && ((plan.FailureRatio > 0 && failed >= plan.FailureRatio) || (plan.SlowRatio > 0 && slow >= plan.SlowRatio));
        // Not sooner than a window: a short outage at a high rate is the ratio's to judge.
        if (plan.FailureRatio > 0 && _inARow >= plan.MinRequests && now - _rowBegan >= plan.Window)
        {
            (trips, failed) = (true, 1);
        }

        return trips ? OpenState.After(this, plan, Math.Max(failed, slow), 0, now, roll) : this;
    }

    private void CountRow(in BreakerPlan plan, Outcome outcome, long began, long now)
    {
        if (outcome == Outcome.Success)
        {
            (_inARow, _lastSucceeded) = (0, now);
            return;
        }

        if (_inARow == 0 || began - _lastFailed > plan.Window / PausesInWindow)
        {
            // What was answered while the first of them still waited is a success between them, too.
            (_inARow, _rowBegan) = (0, Math.Max(began, _lastSucceeded));
        }

        _inARow++;
        _lastFailed = now;
    }
}
