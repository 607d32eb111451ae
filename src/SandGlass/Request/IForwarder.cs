namespace SandGlass.Request;

/// <summary>
/// The seam behind which the upstream client stands: YARP's forwarder today, a leaner HTTP/1.1 client for the common case one day.
/// </summary>
public interface IForwarder
{
    /// <summary>
    /// Sends the passage's request to its backend and passes the answer on, or holds it back (see <see cref="ForwardEnd"/>).
    /// Does not throw for what backends and clients do.
    /// </summary>
    ValueTask<ForwardResult> ForwardAsync(Passage passage);
}

/// <summary>How forwarding ended.</summary>
public enum ForwardEnd : byte
{
    /// <summary>The backend's answer was passed on, or for a shared fetch: kept for the gateway to give.</summary>
    Answered,

    /// <summary>The backend answered with 5xx, which was held back since the route has a degraded answer.</summary>
    Withheld,

    /// <summary>No connection, or cut before the answer's head.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>
    /// The time was up before it was sent, or so soon after that the backend had no fair chance: our queue has eaten it, or the caller was in
    /// a greater hurry than the route. Says nothing about the backend.
    /// </summary>
    Expired,

    /// <summary>The backend broke off in the middle of its answer; the client's connection was cut.</summary>
    CutOff,

    /// <summary>The client left.</summary>
    ClientLeft,

    /// <summary>The client's body was too large, too slow or malformed; the status says which.</summary>
    ClientFault,
}

/// <summary>How forwarding ended, and the status that goes with it.</summary>
/// <param name="End">How.</param>
/// <param name="Status">The backend's status, or ours for a client's fault.</param>
public readonly record struct ForwardResult(ForwardEnd End, int Status)
{
    /// <summary>What it says about the backend.</summary>
    public Algorithms.Outcome Permit => End switch
    {
        ForwardEnd.Answered => Status >= 500 ? Algorithms.Outcome.Failure : Algorithms.Outcome.Success,
        ForwardEnd.ClientLeft or ForwardEnd.ClientFault or ForwardEnd.Expired => Algorithms.Outcome.Ignored,
        _ => Algorithms.Outcome.Failure,
    };
}
