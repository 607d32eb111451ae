using Microsoft.AspNetCore.Server.Kestrel.Core;
using SandGlass.Layers.Trust;

namespace SandGlass.Hosting;

/// <summary>The edge's limits, as far as Kestrel keeps them. Kestrel reads them anew for each connection or request, so a reload reaches it.</summary>
internal static class EdgeLimits
{
    /// <summary>Puts them in force.</summary>
    public static void Apply(KestrelServerLimits kestrel, EdgeLimitsPolicy policy)
    {
        var grace = TimeSpan.FromSeconds(5);
        var headers = (int)policy.Headers.Bytes;
        kestrel.MaxRequestLineSize = (int)policy.RequestLine.Bytes;
        kestrel.MaxRequestHeadersTotalSize = headers;
        kestrel.MaxRequestHeaderCount = policy.HeaderCount;
        kestrel.Http2.MaxRequestHeaderFieldSize = headers;
        kestrel.RequestHeadersTimeout = policy.HeaderTimeout.Value;
        kestrel.MaxRequestBodySize = policy.Body.Bytes;
        kestrel.MinRequestBodyDataRate = new(policy.MinBodyRate.BytesPerSecond, grace);
    }
}
