using System.Buffers;

namespace SandGlass.Policy;

/// <summary>Names of headers, cookies and methods: RFC 9110 §5.6.2.</summary>
internal static class HttpToken
{
    private static readonly SearchValues<char> _token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool Is(string text) => text.Length is > 0 and <= 256 && !text.AsSpan().ContainsAnyExcept(_token);
}
