using SandGlass.Algorithms;
using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Testing;

/// <summary>Where a layer's own code goes wrong.</summary>
public enum FaultAt
{
    /// <summary>In the decision.</summary>
    Decide,

    /// <summary>While it waits.</summary>
    Wait,

    /// <summary>While it writes its refusal.</summary>
    Reject,

    /// <summary>When it gives back.</summary>
    Release,

    /// <summary>When it should help.</summary>
    Rescue,
}

/// <summary>A layer with a defect, standing in another's place and declaring what that one declares.</summary>
public sealed class FaultyLayer(Layer stands, FaultAt fault) : Layer
{
    /// <inheritdoc/>
    public override Place Place => stands.Place;

    /// <inheritdoc/>
    public override bool FailsOpen => stands.FailsOpen;

    /// <summary>A rule of it.</summary>
    public Rule Rule() => new FaultyRule(this);

    /// <inheritdoc/>
    public override Verdict Decide(Passage passage, Rule rule, long now) => fault switch
    {
        FaultAt.Decide => throw new InvalidOperationException("decide"),
        FaultAt.Wait => Verdict.Wait,
        FaultAt.Reject => Verdict.Refuse("stub", 0, 0),
        _ => Verdict.Admit,
    };

    /// <inheritdoc/>
    public override RuleExplanation Explain(Passage passage, Rule rule, long now) => throw new InvalidOperationException("explain");

    /// <inheritdoc/>
    public override ValueTask<Verdict> WaitAsync(Passage passage, Rule rule) => throw new InvalidOperationException("wait");

    /// <inheritdoc/>
    public override Rejection Reject(Passage passage, Rule rule, in Verdict verdict) => throw new InvalidOperationException("reject");

    /// <inheritdoc/>
    public override void Release(Passage passage, Rule rule, in Ending ending, long now)
    {
        if (fault == FaultAt.Release)
        {
            throw new InvalidOperationException("release");
        }
    }

    /// <inheritdoc/>
    public override bool Rescue(Passage passage, Rule rule, in Rejection rejection, long now) =>
        fault == FaultAt.Rescue ? throw new InvalidOperationException("rescue") : false;

    private sealed class FaultyRule(Layer layer) : Rule(layer, "faulty", Mode.Enforce, new StripedCounter());
}
