namespace SandGlass.Request;

/// <summary>The texts of <c>Proxy-Status</c> (RFC 9209).</summary>
internal static class ProxyStatus
{
    /// <summary>The text for a rejection; <see cref="RefusalText"/> keeps it.</summary>
    public static string Of(in Rejection rejection)
    {
        var rule = rejection.Rule.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        var of = rejection.Class is { } criticality ? $" ({criticality}, {rejection.Reason})" : string.Empty;
        return $"sandglass; error={Error(rejection.Layer, rejection.Reason)}; details=\"{rejection.Layer.Word()}/{rule}{of}\"";
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
