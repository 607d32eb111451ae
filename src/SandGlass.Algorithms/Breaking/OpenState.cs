namespace SandGlass.Algorithms.Breaking;

/// <summary>
/// Nothing passes until the time is over. Then: half-open. Open·2^k ticks, k ≤ 4 and as far as the plan lets it grow, where k counts the
/// half-open attempts that failed in a row; ±10 % by roll, so that gateways that opened together do not probe together.
/// </summary>
internal sealed class OpenState(int generation, long until, int doublings, double ratio) : BreakerState(generation)
{
    private const int MaxDoublings = 4;

    public override long Until => until;

    /// <summary>The open state that follows <paramref name="state"/>. A time past the end of the clock stops there.</summary>
    public static OpenState After(BreakerState state, in BreakerPlan plan, double ratio, int doublings, long now, double roll)
    {
        int capped = Math.Min(doublings, MaxDoublings);
        double open = Math.Max(plan.Open, Math.Min(plan.Open * (double)(1 << capped), plan.MostOpen)) * (0.9 + (0.2 * roll));
        long until = open < long.MaxValue - Math.Max(0.0, now) ? now + Math.Max(1, (long)open) : long.MaxValue;
        return new OpenState(state.Generation + 1, until, capped, ratio);
    }

    public override BreakerPosition Position(long now) => now < until ? BreakerPosition.Open : BreakerPosition.HalfOpen;

    public override bool AsksFreely(long now) => now < until;

    public override Verdict Ask(in BreakerPlan plan, long now, out BreakerState next)
    {
        next = now < until ? this : new HalfOpenState(Generation + 1, doublings);
        return Verdict.Refuse(Reasons.Open, ratio, until - now);
    }

    // Past its time the first to ask finds a half-open breaker, and is its first probe.
    public override Verdict Peek(in BreakerPlan plan, long now) =>
        now < until ? Verdict.Refuse(Reasons.Open, ratio, until - now) : Verdict.Admit;

    // It let nothing pass, so nobody can report to it.
    public override BreakerState Report(in BreakerPlan plan, Outcome outcome, long duration, long now, double roll) => this;
}
