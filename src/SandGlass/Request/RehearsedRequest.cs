using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using SandGlass.Policy;

namespace SandGlass.Request;

/// <summary>A request that nobody sent: made up to be explained, or copied from one that asks about itself.</summary>
public static class RehearsedRequest
{
    private const int MostMethod = 64;

    /// <summary>The largest that edge.limits.requestLine may be.</summary>
    private const int MostUrl = 64 << 10;

    /// <summary>Makes one up.</summary>
    /// <param name="method">The method, as a client would send it.</param>
    /// <param name="url">An absolute URL, or a path with or without a query.</param>
    /// <param name="headers">Header lines.</param>
    /// <param name="from">Address of the TCP peer.</param>
    /// <param name="http">The request.</param>
    /// <returns>Null, or in one line what cannot be understood.</returns>
    public static string? TryMake(
        string method, string url, IEnumerable<KeyValuePair<string, string>> headers, string from, [NotNullWhen(false)] out HttpContext? http)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(headers);
        http = null;
        if (!HttpToken.Is(method) || method.Length > MostMethod)
        {
            return $"{Words.Quote(method)} is no method; write one like GET";
        }

        if (url.Length > MostUrl)
        {
            return $"the URL has {url.Length:N0} characters; no request line is longer than {MostUrl:N0}";
        }

        if (!IPAddress.TryParse(from, out var peer))
        {
            return $"{Words.Quote(from)} is no IP address; write one like 203.0.113.9";
        }

        if (Split(url) is not var (scheme, host, target))
        {
            return $"{Words.Quote(url)} is no URL; write one like https://shop.example/api/products/sku-1, or only its path";
        }

        var made = new DefaultHttpContext();
        var request = made.Features.GetRequiredFeature<IHttpRequestFeature>();
        request.Headers.Host = host;
        foreach (var (name, value) in headers)
        {
            if (!HttpToken.Is(name) || value.AsSpan().ContainsAny("\r\n\0"))
            {
                return $"{Words.Quote(name)} is no header; write it as \"Name: value\"";
            }

            request.Headers[name] = name.Equals("Host", StringComparison.OrdinalIgnoreCase) ? value : StringValues.Concat(request.Headers[name], value);
        }

        request.Method = method;
        request.Scheme = scheme;
        request.Protocol = "HTTP/1.1";
        request.RawTarget = target;
        made.Connection.RemoteIpAddress = peer;
        http = made;
        return null;
    }

    /// <summary>Copies what layers look at, so that the original goes on untouched, or ends.</summary>
    public static HttpContext Detach(HttpContext original)
    {
        ArgumentNullException.ThrowIfNull(original);
        var made = new DefaultHttpContext();
        var from = original.Features.GetRequiredFeature<IHttpRequestFeature>();
        var request = made.Features.GetRequiredFeature<IHttpRequestFeature>();
        foreach (var (name, values) in original.Request.Headers)
        {
            request.Headers[name] = values;
        }

        request.Method = from.Method;
        request.Scheme = from.Scheme;
        request.Protocol = from.Protocol;
        request.RawTarget = from.RawTarget;
        made.Connection.RemoteIpAddress = original.Connection.RemoteIpAddress;
        return made;
    }

    /// <summary>The same with the original's body, which must outlive it.</summary>
    public static HttpContext Copy(HttpContext original)
    {
        var made = Detach(original);
        if (original.Features.Get<IHttpRequestBodyDetectionFeature>() is { } body)
        {
            made.Features.Set(body);
        }

        return made;
    }

    // Not by System.Uri: it would normalise what the gateway's own rule shall be seen normalising.
    private static (string Scheme, string Host, string Target)? Split(string url)
    {
        var fragment = url.IndexOf('#', StringComparison.Ordinal);
        url = fragment < 0 ? url : url[..fragment];
        if (url.StartsWith('/'))
        {
            return ("http", "localhost", url);
        }

        var authority = url.IndexOf("://", StringComparison.Ordinal);
        if (authority < 0 || url[..authority].ToLowerInvariant() is not (("http" or "https") and var scheme))
        {
            return null;
        }

        var rest = url[(authority + 3)..];
        var slash = rest.IndexOfAny(['/', '?']);
        var host = slash < 0 ? rest : rest[..slash];
        var target = slash < 0 ? "/" : rest[slash] == '?' ? "/" + rest[slash..] : rest[slash..];
        return host.Length == 0 ? null : (scheme, host, target);
    }
}
