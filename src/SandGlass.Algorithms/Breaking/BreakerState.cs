namespace SandGlass.Algorithms.Breaking;

/// <summary>
/// What the three positions of a breaker have in common. A state answers and names the state that follows, itself if nothing moves;
/// the breaker puts it in place. All but <see cref="AsksFreely"/>, and an Ask it allows, run under the breaker's lock.
/// </summary>
internal abstract class BreakerState(int generation)
{
    /// <summary>How often the breaker had moved when this state began.</summary>
    public int Generation => generation;

    /// <summary>The tick at which an open state ends; 0 for the others.</summary>
    public virtual long Until => 0;

    /// <summary>Where the breaker stands for whoever looks now.</summary>
    public abstract BreakerPosition Position(long now);

    /// <summary>True if asking now changes nothing, so that it needs no lock.</summary>
    public abstract bool AsksFreely(long now);

    /// <summary>May a call pass? If <paramref name="next"/> is another state, ask that one.</summary>
    public abstract Verdict Ask(in BreakerPlan plan, long now, out BreakerState next);

    /// <summary>What Ask would answer, the state that would follow included; changes nothing.</summary>
    public abstract Verdict Peek(in BreakerPlan plan, long now);

    /// <summary>A call that this state let pass has ended. The result is the state that follows.</summary>
    public abstract BreakerState Report(in BreakerPlan plan, Outcome outcome, long duration, long now, double roll);

    /// <summary>Slow counts only if the plan has a ratio for it.</summary>
    protected static bool IsSlow(in BreakerPlan plan, long duration) => plan.SlowRatio > 0 && duration >= plan.Slow;
}
