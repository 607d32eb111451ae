namespace SandGlass.Request;

/// <summary>How a request ended. Every request ends in exactly one of these; the sum over them is the number of requests.</summary>
public enum RequestOutcome : byte
{
    /// <summary>A backend answered for this request.</summary>
    Served,

    /// <summary>Answered from the micro-cache, fresh.</summary>
    Hit,

    /// <summary>Answered from the micro-cache, stale.</summary>
    Stale,

    /// <summary>Answered from another request's fetch that was under way.</summary>
    Collapsed,

    /// <summary>A degraded answer was given.</summary>
    Fallback,

    /// <summary>A layer said no.</summary>
    Refused,

    /// <summary>No usable answer: backend unreachable, timed out, cut off, or its 5xx passed on.</summary>
    Failed,

    /// <summary>The client left first.</summary>
    Aborted,
}

/// <summary>The words of <see cref="RequestOutcome"/> in metrics and JSON.</summary>
public static class RequestOutcomes
{
    private static readonly string[] Words = ["served", "hit", "stale", "collapsed", "fallback", "refused", "failed", "aborted"];

    /// <summary>How many outcomes there are.</summary>
    public static int Count => Words.Length;

    /// <summary>All outcomes.</summary>
    public static IEnumerable<RequestOutcome> All => Enumerable.Range(0, Count).Select(i => (RequestOutcome)i);

    /// <summary>The word that users meet.</summary>
    public static string Word(this RequestOutcome outcome) => Words[(int)outcome];
}
