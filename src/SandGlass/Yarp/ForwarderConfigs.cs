using System.Collections.Concurrent;
using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace SandGlass.Yarp;

/// <summary>YARP's settings by timeout and protocol: one object for each pair that the policy has, not one a request.</summary>
internal static class ForwarderConfigs
{
    private static readonly ConcurrentDictionary<(TimeSpan Timeout, bool Http2), ForwarderRequestConfig> Made = new();

    /// <summary>The settings; the timeout is for silence, of the backend before its answer and of either side in a body.</summary>
    public static ForwarderRequestConfig For(TimeSpan timeout, bool http2) =>
        Made.TryGetValue((timeout, http2), out var made) ? made : Made.GetOrAdd((timeout, http2), static key => new()
        {
            ActivityTimeout = key.Timeout,
            Version = key.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        });
}
