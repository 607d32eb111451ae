using System.Buffers;

namespace SandGlass.Layers.Trust;

/// <summary>Whether a Host is one: a name or an address in brackets, and a port that can be.</summary>
public static class HostName
{
    private static readonly SearchValues<char> Name =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    private static readonly SearchValues<char> Capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> Bracketed = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Null when fine, else <c>host</c>.</summary>
    public static string? Check(string? host)
    {
        var text = host.AsSpan();
        var name = WithoutPort(text);
        var port = text[name.Length..];
        var fine = name.Length is > 0 and <= 255
            && (name[0] == '['
                ? name.Length > 2 && name[^1] == ']' && !name[1..^1].ContainsAnyExcept(Bracketed)
                : !name.ContainsAnyExcept(Name))
            && (port.IsEmpty || (port.Length is > 1 and <= 6 && !port[1..].ContainsAnyExceptInRange('0', '9')
                && int.Parse(port[1..]) is > 0 and <= 65535));
        return fine ? null : "host";
    }

    /// <summary>
    /// The one spelling of a host that is fine: small letters, and no port where it is the scheme's own (RFC 9110 §4.2.3). The same string where it
    /// is that already, as browsers write it.
    /// </summary>
    public static string Normal(string host, string scheme)
    {
        ArgumentNullException.ThrowIfNull(host);
        var name = WithoutPort(host);
        var port = host.AsSpan(name.Length);
        if (!port.IsEmpty)
        {
            var digits = port[1..].TrimStart('0');
            port = digits.SequenceEqual(scheme == "https" ? "443" : "80") ? default : digits.Length == port.Length - 1 ? port : $":{digits}";
        }

        return name.Length + port.Length == host.Length && !name.ContainsAny(Capitals)
            ? host
            : string.Concat(name.ToString().ToLowerInvariant(), port);
    }

    /// <summary>The name without <c>:port</c>.</summary>
    public static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> host)
    {
        var colon = host.LastIndexOf(':');
        return colon < 0 || host.LastIndexOf(']') > colon ? host : host[..colon];
    }
}
