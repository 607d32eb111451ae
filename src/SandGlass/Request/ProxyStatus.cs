using System.Collections.Concurrent;

namespace SandGlass.Request;

/// <summary>The texts of <c>Proxy-Status</c> (RFC 9209): made once for each layer, rule, reason and criticality, which are closed sets.</summary>
internal static class ProxyStatus
{
    private static readonly ConcurrentDictionary<(Place, string, string, string?), string> Made = new();

    /// <summary>The text for a rejection.</summary>
    public static string Of(in Rejection rejection)
    {
        var key = (rejection.Layer, rejection.Rule, rejection.Reason, rejection.Class);
        return Made.TryGetValue(key, out var text) ? text : Made.GetOrAdd(key, static k =>
        {
            var rule = k.Item2.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            var of = k.Item4 is { } criticality ? $" ({criticality}, {k.Item3})" : string.Empty;
            return $"sandglass; error={Error(k.Item1, k.Item3)}; details=\"{k.Item1.Word()}/{rule}{of}\"";
        });
    }

    // The registered error types (RFC 9209 §2.3) that come nearest.
    private static string Error(Place layer, string reason) => (layer, reason) switch
    {
        (Place.None, _) => "destination_not_found",
        (Place.Trust, "direct-access" or "unknown-host") => "http_request_denied",
        (Place.Trust, _) => "http_request_error",
        (Place.Switch or Place.RateLimit or Place.WaitingRoom, _) => "http_request_denied",
        (Place.Shed, _) => "connection_limit_reached",
        // All is well: it was given to see that it works.
        (Place.Fallback, "exercise") => "proxy_internal_response",
        (Place.Forward, "timeout" or "deadline") => "http_response_timeout",
        (Place.Forward, "upstream-error") => "proxy_internal_response",
        _ => "destination_unavailable",
    };
}
