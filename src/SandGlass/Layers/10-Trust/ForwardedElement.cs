using System.Buffers;
using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>
/// One element of <c>Forwarded</c> (RFC 7239 §4): <c>for=192.0.2.43;proto=http</c>, <c>for="[2001:db8::1]:80"</c>. Elements are found from
/// the right, so that nothing a client has written, a quote that it left open for example, changes how the words of the proxies to the
/// right of it are read.
/// </summary>
internal static class ForwardedElement
{
    private static readonly SearchValues<char> NoName = SearchValues.Create("\"\\;, \t");

    /// <summary>The last comma that stands in no quoted string, seen from the right; -1 where there is none.</summary>
    public static int LastComma(ReadOnlySpan<char> text)
    {
        var quoted = false;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (text[i] == '"' && !IsEscaped(text, i))
            {
                quoted = !quoted;
            }
            else if (text[i] == ',' && !quoted)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Reads the address of <c>for</c>; false where there is none, where there are two, or where the element is malformed.</summary>
    public static bool TryReadFor(ReadOnlySpan<char> element, out ClientAddress client)
    {
        client = default;
        var found = false;
        // A node is at most an address in brackets and a port; what is longer is none.
        Span<char> value = stackalloc char[64];
        for (var rest = element.Trim(" \t"); ;)
        {
            var equals = rest.IndexOf('=');
            if (equals <= 0 || rest[..equals].ContainsAny(NoName))
            {
                return false;
            }

            var isFor = rest[..equals].Equals("for", StringComparison.OrdinalIgnoreCase);
            var taken = Value(rest[(equals + 1)..], value, out var length);
            if (taken < 0 || (isFor && (found || length > value.Length || !ClientAddress.TryParse(value[..length], out client))))
            {
                return false;
            }

            found |= isFor;
            rest = rest[(equals + 1 + taken)..].TrimStart(" \t");
            if (rest.IsEmpty)
            {
                return found;
            }

            // The grammar knows no blank beside the semicolon, but proxies write one.
            if (rest[0] != ';')
            {
                return false;
            }

            rest = rest[1..].TrimStart(" \t");
        }
    }

    // A token or a quoted string without its escapes. Returns how many characters it took, or -1. Tokens are read more generously than the
    // grammar has them, because proxies leave out the quotes that an address with a colon needs.
    private static int Value(ReadOnlySpan<char> text, Span<char> value, out int length)
    {
        length = 0;
        if (text.IsEmpty || text[0] != '"')
        {
            var end = text.IndexOfAny(" \t;\"\\");
            var token = end < 0 ? text : text[..end];
            length = token.Length;
            return token.Length > 0 && (token.Length > value.Length || token.TryCopyTo(value)) ? token.Length : -1;
        }

        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                return i + 1;
            }

            if (text[i] == '\\' && ++i == text.Length)
            {
                return -1;
            }

            if (length < value.Length)
            {
                value[length] = text[i];
            }

            length++;
        }

        return -1;
    }

    private static bool IsEscaped(ReadOnlySpan<char> text, int at)
    {
        var backslashes = 0;
        while (at - backslashes > 0 && text[at - backslashes - 1] == '\\')
        {
            backslashes++;
        }

        return backslashes % 2 == 1;
    }
}
