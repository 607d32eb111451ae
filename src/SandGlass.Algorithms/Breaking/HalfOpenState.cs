using System.Numerics;

namespace SandGlass.Algorithms.Breaking;

/// <summary>
/// Probes pass: one at a time, after its success two, after theirs four, then eight. Eight successes in a row close; one failure opens
/// for longer. Slow probes open when they make up the plan's slow ratio of the eight. A probe that ends ignored gives its place back;
/// so does one that was not heard of for the plan's open time, so a lost report cannot hold the breaker here.
/// </summary>
internal sealed class HalfOpenState(int generation, int doublings) : BreakerState(generation)
{
    private const int Enough = 8;

    // Start ticks of the probes under way, oldest first. A report cannot say which probe it is, so it ends the oldest.
    private readonly long[] _started = new long[Enough];
    private int _underWay, _succeeded, _slow;

    // Successes 0, 1–2, 3–6, 7: width 1, 2, 4, 8.
    private int Width => (int)BitOperations.RoundUpToPowerOf2((uint)_succeeded + 2) / 2;

    public override BreakerPosition Position(long now) => BreakerPosition.HalfOpen;

    public override bool AsksFreely(long now) => false;

    public override Verdict Ask(in BreakerPlan plan, long now, out BreakerState next)
    {
        next = this;
        while (_underWay > 0 && now - _started[0] >= plan.Open)
        {
            ForgetOldest();
        }

        if (_underWay >= Width)
        {
            return Verdict.Refuse(Reasons.HalfOpen, _underWay, 0);
        }

        _started[_underWay++] = now;
        return Verdict.Admit;
    }

    public override Verdict Peek(in BreakerPlan plan, long now)
    {
        int heardOf = 0;
        for (int i = 0; i < _underWay; i++)
        {
            heardOf += now - _started[i] < plan.Open ? 1 : 0;
        }

        return heardOf >= Width ? Verdict.Refuse(Reasons.HalfOpen, heardOf, 0) : Verdict.Admit;
    }

    public override BreakerState Report(in BreakerPlan plan, Outcome outcome, long duration, long now, double roll)
    {
        if (_underWay > 0)
        {
            ForgetOldest();
        }

        if (outcome == Outcome.Ignored)
        {
            return this;
        }

        _slow += IsSlow(plan, duration) ? 1 : 0;
        bool tooSlow = plan.SlowRatio > 0 && _slow >= Math.Max(1, plan.SlowRatio * Enough);
        if (outcome == Outcome.Failure || tooSlow)
        {
            return OpenState.After(this, plan, 1, doublings + 1, now, roll);
        }

        _succeeded++;
        return _succeeded >= Enough ? new ClosedState(Generation + 1) : this;
    }

    private void ForgetOldest()
    {
        _underWay--;
        Array.Copy(_started, 1, _started, 0, _underWay);
    }
}
