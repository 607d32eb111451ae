using System.Threading.Tasks.Sources;

namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// A place in a gate's queue. Await <see cref="WaitAsync"/> once; if the client leaves meanwhile, <see cref="Abandon"/>.
/// Dispose when the wait is over <em>and</em> nobody can call Abandon any more (the cancellation registration is disposed):
/// that lets the gate use the object again. Forgetting it costs one allocation; doing it too early would let a late Abandon
/// hit a stranger. Whoever waits for an admit holds a permit then and owes a <see cref="AdmissionGate.Leave"/>.
/// The fields belong to the gate's lock.
/// </summary>
public sealed class GateTicket : IValueTaskSource<Verdict>, IDisposable
{
    private readonly AdmissionGate _gate;

    // Not readonly: it is a mutable struct. Continuations never run on the thread that leaves the gate.
    private ManualResetValueTaskSourceCore<Verdict> _source = new() { RunContinuationsAsynchronously = true };

    internal GateTicket(AdmissionGate gate) => _gate = gate;

    internal int Class { get; private set; }

    internal int Level { get; private set; }

    internal ChainLoad? Chain { get; private set; }

    internal long Since { get; private set; }

    /// <summary>The tick at which its wait is over.</summary>
    internal long Until { get; private set; }

    /// <summary>Whether that is its own deadline, and not what one of its class may wait.</summary>
    internal bool IsDeadline { get; private set; }

    internal bool Queued { get; set; }

    internal GateTicket? Older { get; set; }

    internal GateTicket? Newer { get; set; }

    internal Verdict Verdict { get; set; }

    /// <summary>True from the moment the verdict was read: only then may the object be used again.</summary>
    internal bool Spent { get; set; }

    /// <summary>
    /// The verdict: admit (a permit is held), or refused as queue-timeout, deadline, pushed-out or abandoned. To be called and awaited once.
    /// </summary>
    public ValueTask<Verdict> WaitAsync() => new(this, _source.Version);

    /// <summary>
    /// The client left. True: it was still queued, holds no permit, and the wait ends with <see cref="Reasons.Abandoned"/>.
    /// False: a verdict was already given; if it is an admit, the permit is still owed.
    /// </summary>
    public bool Abandon() => _gate.Abandon(this);

    /// <summary>Hands the object back to its gate; one that still waits is abandoned instead.</summary>
    public void Dispose() => _gate.TakeBack(this);

    Verdict IValueTaskSource<Verdict>.GetResult(short token)
    {
        Verdict verdict = _source.GetResult(token);
        Spent = true;
        return verdict;
    }

    ValueTaskSourceStatus IValueTaskSource<Verdict>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<Verdict>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    internal void Start(in GateAsk ask, int level, long now, long until)
    {
        IsDeadline = until == ask.Deadline;
        Class = ask.Class;
        Level = level;
        Chain = ask.Chain;
        Since = now;
        Until = until;
        Spent = false;
        _source.Reset();
    }

    /// <summary>Wakes the waiter. Never under the gate's lock.</summary>
    internal void Complete() => _source.SetResult(Verdict);
}
