using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SandGlass.Policy;

namespace SandGlass.Commands.Probing;

/// <summary>Asks one destination: its health path where the policy has one, or else whether somebody listens.</summary>
internal static class DestinationProbe
{
    /// <summary>Asks.</summary>
    public static async Task<string> AskAsync(HttpMessageInvoker client, string address, HealthPolicy? health, CancellationToken cancel)
    {
        var http2 = address.StartsWith("h2c:", StringComparison.OrdinalIgnoreCase);
        var uri = new Uri(http2 ? string.Concat("http", address.AsSpan(3)) : address);
        if (health is null)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(uri.DnsSafeHost, uri.Port, cancel).ConfigureAwait(false);
            return string.Empty;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(uri, health.Path));
        request.Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        request.VersionPolicy = http2 ? HttpVersionPolicy.RequestVersionExact : HttpVersionPolicy.RequestVersionOrHigher;
        using var answer = await client.SendAsync(request, cancel).ConfigureAwait(false);
        var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        return answer.IsSuccessStatusCode
            ? $"GET {health.Path} is {status}"
            : throw new HttpRequestException($"GET {health.Path} is {status}, not 2xx; look at its log, or correct health.path");
    }

    /// <summary>As the gateway's own client: no proxy, no cookies, no redirects. What is answered is not read, but for its head.</summary>
    public static HttpMessageInvoker Client() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ResponseDrainTimeout = TimeSpan.Zero,
    });
}
