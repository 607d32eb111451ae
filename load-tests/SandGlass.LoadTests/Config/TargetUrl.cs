using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace SandGlass.LoadTests.Config;

/// <summary>Where requests go: scheme, host and port. This machine, unless somebody has said that another one may be loaded.</summary>
internal static class TargetUrl
{
    /// <summary>http://, https:// or h2c:// (HTTP/2 without TLS), without a path.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Uri? url, out string why)
    {
        why = $"\"{text}\" must be such as http://127.0.0.1:8080 (http, https or h2c; no path)";
        var http = text?.StartsWith("h2c://", StringComparison.Ordinal) == true ? "http://" + text["h2c://".Length..] : text;
        if (!Uri.TryCreate(http, UriKind.Absolute, out url) || url.Scheme is not ("http" or "https") || url.PathAndQuery != "/" || url.UserInfo.Length > 0)
        {
            url = null;
            return false;
        }

        return true;
    }

    /// <summary>Null where it may be asked; else why not.</summary>
    public static string? Refusal(Uri url, IReadOnlyCollection<string> allowed)
    {
        var host = url.IdnHost;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address))
            || allowed.Contains(host, StringComparer.OrdinalIgnoreCase)
            ? null
            : $"{host} is not this machine; if you may load it, say --target-allow {host}";
    }
}
