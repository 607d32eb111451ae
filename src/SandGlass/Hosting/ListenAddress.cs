using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SandGlass.Hosting;

/// <summary>An address to listen on: <c>http://host:port</c> (HTTP/1.1), <c>h2c://host:port</c> (HTTP/2 without TLS), <c>https://host:port</c> (both).</summary>
/// <param name="Scheme">http, h2c or https.</param>
/// <param name="Host">An IP address, localhost, or * for all.</param>
/// <param name="Port">0 takes a free one.</param>
public sealed record ListenAddress(string Scheme, string Host, int Port)
{
    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Reads one.</summary>
    /// <exception cref="StartException">It is none.</exception>
    public static ListenAddress Parse(string text, string option)
    {
        ArgumentNullException.ThrowIfNull(text);
        var wrong = new StartException(2, $"{option} \"{text}\" is no address to listen on; write http://127.0.0.1:8080, h2c://…, https://… (* for all interfaces)");
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (scheme <= 0 || text[..scheme].ToLowerInvariant() is not ("http" or "h2c" or "https"))
        {
            throw wrong;
        }

        var rest = text[(scheme + 3)..].TrimEnd('/');
        var named = colon > scheme && int.TryParse(rest[(rest.LastIndexOf(':') + 1)..], out _) && !rest.EndsWith(']');
        var host = (named ? rest[..rest.LastIndexOf(':')] : rest).Trim('[', ']');
        var port = named ? int.Parse(rest[(rest.LastIndexOf(':') + 1)..], null) : text.StartsWith("https", StringComparison.OrdinalIgnoreCase) ? 443 : 80;
        if (port is < 0 or > 65535 || (host is not ("localhost" or "*" or "+") && !IPAddress.TryParse(host, out _)))
        {
            throw wrong;
        }

        return new(text[..scheme].ToLowerInvariant(), host, port);
    }

    /// <summary>Makes Kestrel listen on it.</summary>
    /// <param name="kestrel">Kestrel.</param>
    /// <param name="first">What its connections go through before anything is read of them.</param>
    public void Bind(KestrelServerOptions kestrel, Func<ConnectionDelegate, ConnectionDelegate>? first = null)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        Action<ListenOptions> configure = listen => Configure(listen, first);
        switch (Host)
        {
            case "localhost" when Port != 0:
                kestrel.ListenLocalhost(Port, configure);
                break;
            case "*" or "+":
                kestrel.ListenAnyIP(Port, configure);
                break;
            default:
                kestrel.Listen(Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Host), Port, configure);
                break;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";

    private void Configure(ListenOptions listen, Func<ConnectionDelegate, ConnectionDelegate>? first)
    {
        if (first is not null)
        {
            listen.Use(first);
        }

        listen.Protocols = Scheme switch
        {
            "h2c" => HttpProtocols.Http2,
            "https" => HttpProtocols.Http1AndHttp2,
            _ => HttpProtocols.Http1,
        };
        if (Scheme == "https")
        {
            listen.UseHttps();
        }
    }
}
