using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// A successful unsafe request has changed what is kept of its URI, and of those on the same host that <c>Location</c> and
/// <c>Content-Location</c> name (RFC 9111 §4.4). By path, whatever the query: a policy's key may have left the query out.
/// </summary>
public static class Invalidation
{
    /// <summary>Marks them.</summary>
    public static void After(Passage passage, int status, string? location, string? contentLocation, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (passage.Snapshot.Cache is not { } cache || status is < 200 or >= 400 || IsSafe(passage.Http.Request.Method))
        {
            return;
        }

        var host = passage.Http.Request.Host.Value ?? string.Empty;
        cache.Invalidate(cache.MarkOf(host, passage.Path), now);
        Named(location);
        Named(contentLocation);

        void Named(string? reference)
        {
            if (reference is { Length: > 0 } && Uri.TryCreate("http://" + host + passage.Path.ToString(), UriKind.Absolute, out var own)
                && Uri.TryCreate(own, reference, out var named) && named.Scheme is "http" or "https"
                && (named.IsDefaultPort ? named.Host : named.Authority).Equals(own.IsDefaultPort ? own.Host : own.Authority, StringComparison.OrdinalIgnoreCase)
                && RequestTarget.TryNormalise(named.AbsolutePath, out var target, out var length) is null)
            {
                cache.Invalidate(cache.MarkOf(host, target.AsSpan(0, length)), now);
            }
        }
    }

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);
}
