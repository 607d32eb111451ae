using SandGlass.Algorithms;

namespace SandGlass.Request;

/// <summary>
/// One ring of the glass: a thin shell around a pure decision. <see cref="Gateway"/> asks the rules of a route in order and walks
/// back over them at the end, so a layer needs no <c>async</c> method around the rest of the way and allocates nothing when it admits.
/// Modes (off, shadow, enforce) and defects are the gateway's business, not a layer's.
/// </summary>
public abstract class Layer
{
    /// <summary>The layer's place on the way.</summary>
    public abstract Place Place { get; }

    /// <summary>What a defect of the layer itself does: true lets the request pass, false refuses it with 503.</summary>
    public virtual bool FailsOpen => true;

    /// <summary>
    /// Admit, refuse, answer, or wait. Must not block and must not allocate when it admits. <paramref name="now"/> is in monotonic ticks.
    /// </summary>
    public abstract Verdict Decide(Passage passage, Rule rule, long now);

    /// <summary>
    /// What <see cref="Decide"/> would say now, with the numbers it looks at. Takes and counts nothing: the passage is a rehearsal
    /// (<see cref="Passage.IsRehearsal"/>), which may be changed as Decide would change it.
    /// </summary>
    public abstract RuleExplanation Explain(Passage passage, Rule rule, long now);

    /// <summary>Called after <see cref="VerdictKind.Wait"/>: ends in any other verdict.</summary>
    public virtual ValueTask<Verdict> WaitAsync(Passage passage, Rule rule) => new(Verdict.Admit);

    /// <summary>Called instead of <see cref="WaitAsync"/> where the rule is in shadow: gives up the place.</summary>
    public virtual void Forgo(Passage passage, Rule rule)
    {
    }

    /// <summary>Turns a refusal into what the client is told. Called only after <see cref="VerdictKind.Refuse"/>.</summary>
    public abstract Rejection Reject(Passage passage, Rule rule, in Verdict verdict);

    /// <summary>
    /// The request has ended, or the backend is done with it (see <see cref="Rule.HoldsToTheEnd"/>): give back what <see cref="Decide"/> took.
    /// Called once for every rule that was asked, in reverse order, on success, exception and client abort.
    /// </summary>
    public virtual void Release(Passage passage, Rule rule, in Ending ending, long now)
    {
    }

    /// <summary>
    /// Something behind this layer was refused or has failed: true when the layer has another answer, which it has put into the passage.
    /// </summary>
    public virtual bool Rescue(Passage passage, Rule rule, in Rejection rejection, long now) => false;
}

/// <summary>A <see cref="Layer"/> whose rules are all <typeparamref name="TPlan"/>.</summary>
public abstract class Layer<TPlan> : Layer
    where TPlan : Rule
{
    /// <inheritdoc cref="Layer.Decide"/>
    protected abstract Verdict Decide(Passage passage, TPlan plan, long now);

    /// <inheritdoc cref="Layer.Explain"/>
    protected abstract RuleExplanation Explain(Passage passage, TPlan plan, long now);

    /// <inheritdoc cref="Layer.WaitAsync"/>
    protected virtual ValueTask<Verdict> WaitAsync(Passage passage, TPlan plan) => new(Verdict.Admit);

    /// <inheritdoc cref="Layer.Forgo"/>
    protected virtual void Forgo(Passage passage, TPlan plan)
    {
    }

    /// <inheritdoc cref="Layer.Reject"/>
    protected abstract Rejection Reject(Passage passage, TPlan plan, in Verdict verdict);

    /// <inheritdoc cref="Layer.Release"/>
    protected virtual void Release(Passage passage, TPlan plan, in Ending ending, long now)
    {
    }

    /// <inheritdoc/>
    public sealed override Verdict Decide(Passage passage, Rule rule, long now) => Decide(passage, (TPlan)rule, now);

    /// <inheritdoc/>
    public sealed override RuleExplanation Explain(Passage passage, Rule rule, long now) => Explain(passage, (TPlan)rule, now);

    /// <inheritdoc/>
    public sealed override ValueTask<Verdict> WaitAsync(Passage passage, Rule rule) => WaitAsync(passage, (TPlan)rule);

    /// <inheritdoc/>
    public sealed override void Forgo(Passage passage, Rule rule) => Forgo(passage, (TPlan)rule);

    /// <inheritdoc/>
    public sealed override Rejection Reject(Passage passage, Rule rule, in Verdict verdict) => Reject(passage, (TPlan)rule, verdict);

    /// <inheritdoc/>
    public sealed override void Release(Passage passage, Rule rule, in Ending ending, long now) =>
        Release(passage, (TPlan)rule, ending, now);
}
