using System.Globalization;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>The texts of <c>Cache-Status</c> (RFC 9211).</summary>
public static class CacheStatus
{
    /// <summary>The request is not for sharing.</summary>
    public const string Bypass = "sandglass; fwd=bypass";

    /// <summary>Answers for this key can't be shared.</summary>
    public const string Unshareable = "sandglass; fwd=bypass; detail=unshareable";

    /// <summary>Waited for another's fetch, in vain.</summary>
    public const string Waited = "sandglass; fwd=miss; detail=waited";

    /// <summary>Nothing was known.</summary>
    public const string Miss = "sandglass; fwd=miss";

    /// <summary>What was known is stale.</summary>
    public const string Expired = "sandglass; fwd=stale";

    private static readonly string[] Hits = [.. Enumerable.Range(0, 120).Select(static s => Text("hit; ttl=", s))];
    private static readonly string[] Stored = [.. Enumerable.Range(0, 120).Select(static s => Text("fwd=miss; stored; ttl=", s))];

    /// <summary>What a kept answer is given with.</summary>
    public static string Of(StoredAnswer answer, RequestOutcome how, long now, long ticksPerSecond)
    {
        ArgumentNullException.ThrowIfNull(answer);
        // Rounded away from zero: an answer that is good for 0.9 s more is not spent, and one that is stale for 0.1 s is.
        var ticks = (double)(answer.Lifetime - (now - answer.StoredAt)) / ticksPerSecond;
        var left = (long)(ticks < 0 ? Math.Floor(ticks) : Math.Ceiling(ticks));
        return how switch
        {
            RequestOutcome.Collapsed => "sandglass; fwd=miss; collapsed",
            RequestOutcome.Served => left is >= 0 and < 120 ? Stored[left] : Text("fwd=miss; stored; ttl=", left),
            _ => left is >= 0 and < 120 ? Hits[left] : Text("hit; ttl=", left),
        };
    }

    private static string Text(string words, long seconds) => string.Create(CultureInfo.InvariantCulture, $"sandglass; {words}{seconds}");
}
