using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace SandGlass.Layers.Trust;

/// <summary>
/// Whether a header is one that all readers take alike (RFC 9110 §5): a name of token characters, a value without control characters.
/// Kestrel lets some pass, above all over HTTP/2.
/// </summary>
public static class HeaderText
{
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> Forbidden =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(static c => c != '\t').Select(static c => (char)c), '\x7f']);

    /// <summary>Null when fine, else a constant word that says what is wrong.</summary>
    public static string? Check(string name, in StringValues values)
    {
        if (name.AsSpan().ContainsAnyExcept(Token) && !name.StartsWith(':'))
        {
            return "header-name";
        }

        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].AsSpan().ContainsAny(Forbidden))
            {
                return "header-value";
            }
        }

        return null;
    }
}
