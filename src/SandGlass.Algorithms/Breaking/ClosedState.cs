namespace SandGlass.Algorithms.Breaking;

/// <summary>Everything passes and is counted, until the failures or the slow calls in the window reach their ratio. Then: open.</summary>
internal sealed class ClosedState(int generation) : BreakerState(generation)
{
    private readonly SlidingCounts _counts = new();

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
        double failed = (double)_counts.Failed / _counts.Calls;
        double slow = (double)_counts.Slow / _counts.Calls;
        bool trips = _counts.Calls >= plan.MinRequests
            && ((plan.FailureRatio > 0 && failed >= plan.FailureRatio) || (plan.SlowRatio > 0 && slow >= plan.SlowRatio));
        return trips ? OpenState.After(this, plan, Math.Max(failed, slow), 0, now, roll) : this;
    }
}
