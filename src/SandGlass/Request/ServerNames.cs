using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;

namespace SandGlass.Request;

/// <summary>
/// The server's own instances of the names of headers. It finds those by reference before it compares letters, so what is kept once and written a million
/// times is kept under them.
/// </summary>
internal static class ServerNames
{
    private static readonly FrozenDictionary<string, string> All = ((string[])
    [
        HeaderNames.AcceptRanges, HeaderNames.AccessControlAllowOrigin, HeaderNames.Age, HeaderNames.Allow, HeaderNames.CacheControl, HeaderNames.ContentDisposition,
        HeaderNames.ContentEncoding, HeaderNames.ContentLanguage, HeaderNames.ContentLength, HeaderNames.ContentLocation, HeaderNames.ContentSecurityPolicy,
        HeaderNames.ContentType, HeaderNames.Date, HeaderNames.ETag, HeaderNames.Expires, HeaderNames.LastModified, HeaderNames.Link, HeaderNames.Location,
        HeaderNames.Pragma, HeaderNames.Server, HeaderNames.SetCookie, HeaderNames.StrictTransportSecurity, HeaderNames.Vary, HeaderNames.Via,
        HeaderNames.XContentTypeOptions, HeaderNames.XFrameOptions, HeaderNames.XPoweredBy,
    ]).ToFrozenDictionary(static name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The server's instance of a name, or the name.</summary>
    public static string Of(string name) => All.GetValueOrDefault(name, name);
}
