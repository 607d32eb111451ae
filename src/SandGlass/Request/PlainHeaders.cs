using System.Collections.Frozen;

namespace SandGlass.Request;

/// <summary>
/// Request headers that do not tell their sender from others, so far as anybody can say without knowing the backend. A list of what is
/// allowed, not of what is not: who invents a header for a user's name tells nobody.
/// </summary>
internal static class PlainHeaders
{
    /// <summary>What browsers, libraries, proxies and CDNs send with every request.</summary>
    public static FrozenSet<string> All { get; } = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Accept-Charset", "Cache-Control", "Pragma", "Connection", "Keep-Alive",
        "TE", "Upgrade-Insecure-Requests", "DNT", "Sec-GPC", "Save-Data", "Priority", "Referer", "Origin", "Range", "If-Range", "If-Match", "If-None-Match",
        "If-Modified-Since", "If-Unmodified-Since", "Content-Length", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User",
        "Sec-Purpose", "Purpose", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Device-Memory", "Downlink", "ECT", "RTT", "DPR",
        "Viewport-Width", "Width", "Via", "Forwarded", "Max-Forwards", "traceparent", "tracestate", "X-Request-Id", "X-Correlation-Id",
        "X-Requested-With", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP", "CDN-Loop", "CF-Ray",
        "CF-Visitor", "CF-EW-Via", "X-Amz-Cf-Id", "X-Amzn-Trace-Id", "Fastly-FF", "X-Varnish", "X-Timer", "Akamai-Origin-Hop", "X-Azure-Ref",
        "X-Cloud-Trace-Context");

    /// <summary>Those of them whose values are words of a protocol: they stand in many a page without having been put there by the sender.</summary>
    public static FrozenSet<string> OfProtocol { get; } = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Accept", "Accept-Encoding", "Accept-Language", "Accept-Charset", "Cache-Control", "Pragma", "Connection", "Keep-Alive", "TE",
        "Upgrade-Insecure-Requests", "DNT", "Sec-GPC", "Save-Data", "Priority", "Range", "Content-Length", "Sec-Fetch-Site", "Sec-Fetch-Mode",
        "Sec-Fetch-Dest", "Sec-Fetch-User", "Sec-Purpose", "Purpose", "X-Requested-With", "If-None-Match", "If-Match", "If-Modified-Since",
        "If-Unmodified-Since", "X-Forwarded-Proto", "X-Forwarded-Port");
}
