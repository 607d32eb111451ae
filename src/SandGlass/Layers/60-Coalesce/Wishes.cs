using SandGlass.Algorithms.Caching;

namespace SandGlass.Layers.Coalesce;

/// <summary>What a request asks of the cache (RFC 9111 §5.2.1), seconds. A client that asks for nothing costs two look-ups of a header.</summary>
public readonly record struct Wishes
{
    /// <summary>Asks for nothing.</summary>
    public static Wishes None => new() { MaxAge = long.MaxValue };

    /// <summary>Nothing of it, or of its answer, is to be kept.</summary>
    public bool NoStore { get; init; }

    /// <summary>The backend is to be asked.</summary>
    public bool NoCache { get; init; }

    /// <summary>The backend is not to be asked.</summary>
    public bool OnlyIfCached { get; init; }

    /// <summary>How old at most.</summary>
    public long MaxAge { get; init; }

    /// <summary>How fresh at least.</summary>
    public long MinFresh { get; init; }

    /// <summary>How stale at most.</summary>
    public long MaxStale { get; init; }

    /// <summary>Whether it would have more work done than a client that asks for nothing.</summary>
    public bool IsDemanding => NoStore || NoCache || MaxAge != long.MaxValue || MinFresh > 0;

    /// <summary>Reads them.</summary>
    public static Wishes Of(IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var lines = headers.CacheControl;
        if (lines.Count == 0)
        {
            // §5.4: Pragma says no-cache where there is no Cache-Control.
            return headers.Pragma.Count > 0 && headers.Pragma.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase) ? None with { NoCache = true } : None;
        }

        var control = new CacheControl();
        for (var i = 0; i < lines.Count; i++)
        {
            control.Add(lines[i]);
        }

        return new()
        {
            NoStore = control.NoStore,
            NoCache = control.NoCache,
            OnlyIfCached = control.OnlyIfCached,
            MaxAge = control.MaxAge ?? long.MaxValue,
            MinFresh = control.MinFresh ?? 0,
            MaxStale = control.MaxStale ?? 0,
        };
    }

    /// <summary>Whether a fresh answer is fresh enough.</summary>
    public bool Bears(StoredAnswer answer, long left, long now, long ticksPerSecond)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return !IsDemanding || (!NoCache && !NoStore && (MaxAge == long.MaxValue || answer.Age(now) <= MaxAge * ticksPerSecond) && left >= MinFresh * ticksPerSecond);
    }
}
