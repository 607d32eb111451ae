using System.Buffers;

namespace SandGlass.Layers.Trust;

/// <summary>Whether a Host is one: a name or an address in brackets, and a port that can be.</summary>
public static class HostName
{
    private static readonly SearchValues<char> Name =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

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

    /// <summary>The name without <c>:port</c>.</summary>
    public static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> host)
    {
        var colon = host.LastIndexOf(':');
        return colon < 0 || host.LastIndexOf(']') > colon ? host : host[..colon];
    }
}
