using System.Globalization;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>The texts of <c>Cache-Status</c> (RFC 9211).</summary>
public static class CacheStatus
{
    /// <summary>The request is not for sharing.</summary>
    public const string Bypass = "sandglass; fwd=bypass";

    /// <summary>Its method is none of ours.</summary>
    public const string Method = "sandglass; fwd=method";

    /// <summary>The client asks for the backend.</summary>
    public const string Request = "sandglass; fwd=request";

    /// <summary>Answers for this key can't be shared.</summary>
    public const string Unshareable = "sandglass; fwd=bypass; detail=unshareable";

    /// <summary>Its key is not hot, and the route shares hot ones only.</summary>
    public const string Cold = "sandglass; fwd=bypass; detail=cold";

    /// <summary>Waited for another's fetch, in vain.</summary>
    public const string Waited = "sandglass; fwd=miss; detail=waited";

    /// <summary>Others have tried before it, in vain.</summary>
    public const string Released = "sandglass; fwd=miss; detail=released";

    /// <summary>Nothing was known.</summary>
    public const string Miss = "sandglass; fwd=miss";

    /// <summary>Other variants were known.</summary>
    public const string VaryMiss = "sandglass; fwd=vary-miss";

    /// <summary>What was known is stale.</summary>
    public const string Expired = "sandglass; fwd=stale";

    /// <summary>Nothing was kept, and the client wanted no other.</summary>
    public const string OnlyIfCached = "sandglass; detail=only-if-cached";

    /// <summary>
    /// An answer of ours from before the cache. Neither <c>hit</c> nor <c>fwd</c>: nothing was kept of it, and nobody was asked. RFC 9211 would rather have
    /// no member at all there; who counts hits by this header wants one on each answer of a route.
    /// </summary>
    public const string NotAsked = "sandglass; detail=not-asked";

    private static readonly string[] Hits = [.. Enumerable.Range(0, 120).Select(static s => Text("hit; ttl=", s))];
    private static readonly string[] Stored = [.. Enumerable.Range(0, 120).Select(static s => Text("fwd=miss; stored; ttl=", s))];

    /// <summary>What a kept answer is given with.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="lifetime">How long it is fresh from when it was stored on, ticks.</param>
    /// <param name="how">How it came about.</param>
    /// <param name="why">Why it was fetched, where it was.</param>
    /// <param name="status">The backend's status where it is another than the client gets; 0: it is not.</param>
    /// <param name="now">Now.</param>
    /// <param name="ticksPerSecond">Of the clock.</param>
    public static string Of(StoredAnswer answer, long lifetime, RequestOutcome how, string? why, int status, long now, long ticksPerSecond)
    {
        ArgumentNullException.ThrowIfNull(answer);
        // Rounded away from zero: an answer that is good for 0.9 s more is not spent, and one that is stale for 0.1 s is.
        var ticks = (double)(lifetime - (now - answer.StoredAt)) / ticksPerSecond;
        var left = (long)(ticks < 0 ? Math.Floor(ticks) : Math.Ceiling(ticks));
        if (how == RequestOutcome.Collapsed)
        {
            return "sandglass; fwd=miss; collapsed";
        }

        if (how != RequestOutcome.Served)
        {
            return left is >= 0 and < 120 ? Hits[left] : answer.HitText(left);
        }

        if (answer.Lifetime == 0)
        {
            return status == 0 ? why ?? Miss : string.Create(CultureInfo.InvariantCulture, $"{why ?? Miss}; fwd-status={status}");
        }

        return (why is null or Miss) && status == 0
            ? left is >= 0 and < 120 ? Stored[left] : Text("fwd=miss; stored; ttl=", left)
            : string.Create(CultureInfo.InvariantCulture, $"{why ?? Miss}{(status == 0 ? string.Empty : "; fwd-status=" + status.ToString(CultureInfo.InvariantCulture))}; stored; ttl={left}");
    }

    /// <summary>What a hit says with so many seconds left.</summary>
    /// <param name="Seconds">Seconds.</param>
    internal sealed record Left(long Seconds)
    {
        /// <summary>The text.</summary>
        public string Text { get; } = CacheStatus.Text("hit; ttl=", Seconds);
    }

    private static string Text(string words, long seconds) => string.Create(CultureInfo.InvariantCulture, $"sandglass; {words}{seconds}");
}
