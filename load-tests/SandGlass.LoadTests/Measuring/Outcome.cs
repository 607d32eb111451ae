namespace SandGlass.LoadTests.Measuring;

/// <summary>What became of a request, for who sent it. A refusal by design is no error, and stands apart from both.</summary>
internal enum Outcome
{
    /// <summary>A good answer: 2xx or 3xx, or the status that was asked for, and all checks hold.</summary>
    Ok,

    /// <summary>A good answer that says of itself that it is not fresh: kept beyond its time, or a degraded one.</summary>
    Stale,

    /// <summary>429: the client's quota.</summary>
    TooMany,

    /// <summary>503: turned away.</summary>
    Unavailable,

    /// <summary>Any other answer, or one that a check did not accept.</summary>
    Other,

    /// <summary>No whole answer: not connected, cut off, timed out.</summary>
    Error,
}

/// <summary>Tells outcomes apart, and their names.</summary>
internal static class Outcomes
{
    /// <summary>All, in the order of reports.</summary>
    public static IReadOnlyList<Outcome> All { get; } = Enum.GetValues<Outcome>();

    /// <summary>As reports write it.</summary>
    public static string Name(this Outcome outcome) => outcome switch
    {
        Outcome.Ok => "200",
        Outcome.Stale => "stale",
        Outcome.TooMany => "429",
        Outcome.Unavailable => "503",
        Outcome.Other => "other",
        _ => "error",
    };

    /// <summary>NBomber's ok.</summary>
    public static bool Good(this Outcome outcome) => outcome is Outcome.Ok or Outcome.Stale;

    /// <summary>A no by design.</summary>
    public static bool Refused(this Outcome outcome) => outcome is Outcome.TooMany or Outcome.Unavailable;

    /// <summary>NBomber's fail.</summary>
    public static bool Failed(this Outcome outcome) => outcome is Outcome.Other or Outcome.Error;

    /// <summary>Of an answer.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="asked">A check names the statuses that are good.</param>
    /// <param name="holds">All checks hold.</param>
    /// <param name="stale">Its headers say that it is not fresh.</param>
    public static Outcome Of(int status, bool asked, bool holds, bool stale) =>
        holds && (asked || status is >= 200 and < 400) ? stale ? Outcome.Stale : Outcome.Ok
        : status == 429 ? Outcome.TooMany
        : status == 503 ? Outcome.Unavailable
        : Outcome.Other;

    /// <summary>
    /// RFC 9211's Cache-Status of a kept answer whose time is over (a hit with a ttl below 0; fwd=stale was fetched anew), RFC 9209's
    /// Proxy-Status with an error on an answer that is good all the same, which is a degraded one, and RFC 7234's old Warning 110.
    /// A refusal that a check asks for (404, 503) says an error too, and is no degraded answer: it is what was asked for.
    /// </summary>
    public static bool IsStale(int status, string? cacheStatus, string? proxyStatus, string? warning) =>
        cacheStatus?.Contains("ttl=-", StringComparison.OrdinalIgnoreCase) == true
        || (status < 400 && proxyStatus?.Contains("error=", StringComparison.OrdinalIgnoreCase) == true)
        || warning?.StartsWith("110", StringComparison.Ordinal) == true;
}
