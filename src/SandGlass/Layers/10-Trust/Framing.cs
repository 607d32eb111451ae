using System.Buffers;
using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;
using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>What Kestrel lets pass about a message's frame and its hop, and we do not.</summary>
public static class Framing
{
    // Nominating one of these in Connection would make an anonymous or another request of it: they stay.
    private static readonly FrozenSet<string> EndToEnd = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Cookie", "Authorization", "Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "Cache-Control", "Date",
        "Range", "Expect", "Transfer-Encoding", "Trailer", "Accept", "Origin", "Referer", "User-Agent", "If-Match", "If-None-Match");

    // RFC 9110 §9.1: methods are told apart by case, so "get" is not GET. But YARP and HttpClient write it so, and many a backend reads it so:
    // what is a known one but for its case would be one request here and another there. The registered ones (IANA), TRACK and PURGE.
    private static readonly FrozenSet<string> Methods = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LABEL", "LINK", "LOCK", "MERGE",
        "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "OPTIONS", "ORDERPATCH", "PATCH", "POST", "PRI", "PROPFIND",
        "PROPPATCH", "PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "TRACE", "TRACK", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE",
        "UPDATEREDIRECTREF", "VERSION-CONTROL");

    private static readonly SearchValues<char> Small = SearchValues.Create("abcdefghijklmnopqrstuvwxyz");

    /// <summary>
    /// Null when fine, else a constant word: methods that are no business of a gateway or are spelt as no method is, length together with chunks.
    /// </summary>
    public static string? Check(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (method, headers) = (request.Method, request.Headers);
        var streams = request.Protocol is "HTTP/2" or "HTTP/3";
        if (method is "TRACE" or "TRACK" || (method == "CONNECT" && !streams) || (method.AsSpan().ContainsAny(Small) && Methods.Contains(method)))
        {
            return "method";
        }

        if (streams)
        {
            // RFC 9113 §8.2.2: malformed, and the start of many a smuggled request.
            return headers.TransferEncoding.Count > 0 || headers.Connection.Count > 0 || headers.KeepAlive.Count > 0
                || headers.Upgrade.Count > 0 || headers.ContainsKey("Proxy-Connection") ? "connection-header" : null;
        }

        if (headers.TransferEncoding.Count == 0)
        {
            return null;
        }

        // Kestrel renames the length that came together with chunks.
        return headers.ContentLength.HasValue || headers.ContainsKey("X-Content-Length") ? "length-and-chunked"
            : request.Protocol is "HTTP/1.0" ? "chunked-in-1.0"
            : null;
    }

    /// <summary>
    /// Removes the headers that <c>Connection</c> nominates (RFC 9110 §7.6.1), but none that carry the request's meaning, and nothing
    /// of ours, which is written later.
    /// </summary>
    internal static string? DropNominated(IHeaderDictionary headers, KeptHeaders kept)
    {
        var connection = headers.Connection;
        for (var line = 0; line < connection.Count; line++)
        {
            var text = connection[line];
            if (text is null or "keep-alive" or "close" or "Upgrade" or "upgrade" or "Keep-Alive")
            {
                continue;
            }

            foreach (var token in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!EndToEnd.Contains(token) && !token.Equals(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase)
                    && !token.Equals(HeaderNames.TE, StringComparison.OrdinalIgnoreCase))
                {
                    headers.Remove(token);
                    kept.Remove(token);
                }
            }
        }

        return null;
    }
}
