using System.Buffers;
using System.Text;

namespace SandGlass.Request;

/// <summary>
/// The one normal form of a request's target (RFC 3986 §6.2.2): the same text is matched, keyed and forwarded, so that no two readers of
/// it can disagree. Percent-encoded characters that part nothing (<see cref="Decoded"/>) are decoded, other escapes upper-cased, doubled slashes made one, dot segments
/// removed. What a backend might read otherwise is refused: encoded slashes and backslashes, <c>;</c> parameters, control characters,
/// broken or over-long escapes, a segment that ends in a blank. The query is left as it is, but for characters that may not stand there.
/// </summary>
public static class RequestTarget
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~!$&'()*+,=:@");

    // The unreserved ones, and of the others that may stand in a path as they are (RFC 3986 §3.3) those at which no common backend parts a segment:
    // it reads /users%3Asearch as /users:search, so must we. "&", "=" and "+" stay encoded where they came so: some read them as a query's; ";" is refused.
    private static readonly SearchValues<char> Decoded =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,:@");

    private static readonly SearchValues<char> PlainQuery =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%[]{}|^`\"<>\\");

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Normalises an origin-form target.</summary>
    /// <param name="raw">As it came on the wire: <c>/path?query</c>.</param>
    /// <param name="target">The normal form; the same object as <paramref name="raw"/> where that is normal already.</param>
    /// <param name="pathLength">Length of the path in <paramref name="target"/>.</param>
    /// <returns>Null when fine, else a constant word that says what is wrong.</returns>
    public static string? TryNormalise(string raw, out string target, out int pathLength)
    {
        target = raw;
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        pathLength = question < 0 ? raw.Length : question;
        if (pathLength == 0 || raw[0] != '/')
        {
            return "target-not-a-path";
        }

        if (question >= 0 && raw.AsSpan(question + 1).ContainsAnyExcept(PlainQuery))
        {
            return "query-character";
        }

        return IsNormal(raw.AsSpan(0, pathLength)) ? null : Rewrite(raw, ref target, ref pathLength);
    }

    /// <summary>A literal of a route's path as it stands in a normal target: what is not plain is percent-encoded UTF-8.</summary>
    internal static string Encode(string segment)
    {
        var text = new StringBuilder(segment.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in segment.EnumerateRunes())
        {
            if (rune.IsAscii && ((char)rune.Value == '.' || Plain.Contains((char)rune.Value)))
            {
                text.Append((char)rune.Value);
                continue;
            }

            foreach (var one in bytes[..rune.EncodeToUtf8(bytes)])
            {
                text.Append('%').Append(one.ToString("X2", null));
            }
        }

        return text.ToString();
    }

    // One pass, segment by segment; anything that isn't plainly normal goes the slow way.
    private static bool IsNormal(ReadOnlySpan<char> path)
    {
        var at = 0;
        while (at < path.Length)
        {
            // path[at] is a slash.
            var rest = path[(at + 1)..];
            var stop = rest.IndexOfAnyExcept(Plain);
            if (stop < 0)
            {
                return !(rest.IsEmpty && at > 0 && path[at - 1] == '/');
            }

            // A dot is fine inside a segment that has something else before it.
            while (stop > 0 && rest[stop] == '.')
            {
                var more = rest[(stop + 1)..].IndexOfAnyExcept(Plain);
                if (more < 0)
                {
                    return true;
                }

                stop += 1 + more;
            }

            if (rest[stop] != '/' || stop == 0)
            {
                return false;
            }

            at += 1 + stop;
        }

        return true;
    }

    private static string? Rewrite(string raw, ref string target, ref int pathLength)
    {
        var path = raw.AsSpan(0, pathLength);
        var segments = new List<string>();
        var endsInSlash = false;
        foreach (var range in path[1..].Split('/'))
        {
            var problem = Segment(path[1..][range], out var segment);
            if (problem is not null)
            {
                return problem;
            }

            endsInSlash = segment is "" or "." or "..";
            if (segment == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("" or "." or ".."))
            {
                segments.Add(segment);
            }
        }

        var normal = new StringBuilder(raw.Length);
        foreach (var segment in segments)
        {
            normal.Append('/').Append(segment);
        }

        if (endsInSlash || normal.Length == 0)
        {
            normal.Append('/');
        }

        var length = normal.Length;
        normal.Append(raw.AsSpan(pathLength));
        target = normal.ToString();
        pathLength = length;
        return null;
    }

    private static string? Segment(ReadOnlySpan<char> raw, out string segment)
    {
        segment = string.Empty;
        var bytes = new byte[raw.Length];
        var count = 0;
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c == '%')
            {
                if (i + 2 >= raw.Length || !char.IsAsciiHexDigit(raw[i + 1]) || !char.IsAsciiHexDigit(raw[i + 2]))
                {
                    return "path-escape";
                }

                var value = (Convert.ToInt32(raw.Slice(i + 1, 1).ToString(), 16) << 4) | Convert.ToInt32(raw.Slice(i + 2, 1).ToString(), 16);
                i += 2;
                bytes[count++] = (byte)value;
                if (value is < 0x20 or 0x7f || value is '/' or '\\' or ';' or '%')
                {
                    return "path-encoded-delimiter";
                }

                if (Decoded.Contains((char)value))
                {
                    text.Append((char)value);
                }
                else
                {
                    text.Append('%').Append(value.ToString("X2", null));
                }
            }
            else if (c == '.' || Plain.Contains(c))
            {
                bytes[count++] = (byte)c;
                text.Append(c);
            }
            else
            {
                return c == ';' ? "path-parameter" : "path-character";
            }
        }

        try
        {
            Strict.GetCharCount(bytes, 0, count);
        }
        catch (ArgumentException)
        {
            return "path-not-utf8";
        }

        segment = text.ToString();
        return segment.EndsWith("%20", StringComparison.Ordinal) ? "path-trailing-blank" : null;
    }
}
