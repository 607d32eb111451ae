namespace SandGlass.Algorithms.Caching;

/// <summary>What an answer says about its keeping, read from its header section.</summary>
public readonly record struct AnswerFacts
{
    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>The directives that count: of the first targeted field that is there, else of <c>Cache-Control</c>.</summary>
    public CacheControl Control { get; init; }

    /// <summary>Whether they are of a targeted field: then <c>Expires</c> does not count (RFC 9213 §2.2).</summary>
    public bool Targeted { get; init; }

    /// <summary>Seconds of <c>Age</c>; 0 where there is none.</summary>
    public long Age { get; init; }

    /// <summary>Whether there is an <c>Expires</c>.</summary>
    public bool HasExpires { get; init; }

    /// <summary>Its date; null where it is none.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The date of <c>Date</c>; where it is missing or none, when the answer arrived.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>The date of <c>Last-Modified</c>.</summary>
    public DateTimeOffset? LastModified { get; init; }
}
