namespace SandGlass.Algorithms.Caching;

/// <summary>
/// Reads a targeted field (RFC 9213 §2.1) such as <c>CDN-Cache-Control</c>: a dictionary of structured fields (RFC 9651 §3.2). One that
/// does not parse or is empty counts as absent, so that <c>Cache-Control</c> speaks. A member of the wrong type is ignored; parameters are too.
/// </summary>
public static class TargetedControl
{
    /// <summary>Reads a field, its lines joined by commas. False: as if it were not there.</summary>
    public static bool TryRead(ReadOnlySpan<char> field, out CacheControl control)
    {
        control = default;
        var rest = field.Trim(' ');
        if (rest.IsEmpty)
        {
            return false;
        }

        while (true)
        {
            if (!TryKey(ref rest, out var key))
            {
                return false;
            }

            if (!rest.StartsWith("="))
            {
                control.TakeFlag(key);
            }
            else
            {
                rest = rest[1..];
                if (!TryItem(ref rest, out var kind, out var number))
                {
                    return false;
                }

                Take(ref control, key, kind, number);
            }

            if (!TryParameters(ref rest))
            {
                return false;
            }

            rest = rest.TrimStart(" \t");
            if (rest.IsEmpty)
            {
                return control.Any;
            }

            if (rest[0] != ',')
            {
                return false;
            }

            // A comma at the end is an error.
            rest = rest[1..].TrimStart(" \t");
        }
    }

    private static void Take(ref CacheControl control, ReadOnlySpan<char> key, Kind kind, long number)
    {
        switch (kind)
        {
            case Kind.Integer:
                control.TakeNumber(key, number);
                break;
            case Kind.True:
                control.TakeFlag(key);
                break;
            case Kind.Other when key is "no-cache" or "private":
                // For some fields only: for the whole answer with us.
                control.TakeFlag(key);
                break;
        }
    }

    private static bool TryKey(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> key)
    {
        var length = 0;
        while (length < rest.Length && (char.IsAsciiLetterLower(rest[length]) || rest[length] == '*'
            || (length > 0 && (char.IsAsciiDigit(rest[length]) || rest[length] is '_' or '-' or '.'))))
        {
            length++;
        }

        key = rest[..length];
        rest = rest[length..];
        return length > 0;
    }

    private static bool TryParameters(ref ReadOnlySpan<char> rest)
    {
        while (rest.StartsWith(";"))
        {
            rest = rest[1..].TrimStart(' ');
            if (!TryKey(ref rest, out _))
            {
                return false;
            }

            if (rest.StartsWith("="))
            {
                rest = rest[1..];
                if (!TryBare(ref rest, out _, out _))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool TryItem(ref ReadOnlySpan<char> rest, out Kind kind, out long number)
    {
        if (!rest.StartsWith("("))
        {
            return TryBare(ref rest, out kind, out number);
        }

        (kind, number) = (Kind.Other, 0);
        rest = rest[1..].TrimStart(' ');
        while (!rest.StartsWith(")"))
        {
            if (!TryBare(ref rest, out _, out _) || !TryParameters(ref rest) || rest.IsEmpty || rest[0] is not (' ' or ')'))
            {
                return false;
            }

            rest = rest.TrimStart(' ');
        }

        rest = rest[1..];
        return true;
    }

    private static bool TryBare(ref ReadOnlySpan<char> rest, out Kind kind, out long number)
    {
        (kind, number) = (Kind.Other, 0);
        if (rest.IsEmpty)
        {
            return false;
        }

        switch (rest[0])
        {
            case '?':
                kind = rest.StartsWith("?1") ? Kind.True : Kind.Other;
                return rest.Length >= 2 && rest[1] is '0' or '1' && Skip(ref rest, 2);
            case '"':
                return TryString(ref rest);
            case ':':
                var close = rest[1..].IndexOf(':');
                return close >= 0 && Skip(ref rest, close + 2);
            case '-' or (>= '0' and <= '9'):
                return TryNumber(ref rest, out kind, out number);
            default:
                return TryToken(ref rest);
        }
    }

    private static bool TryNumber(ref ReadOnlySpan<char> rest, out Kind kind, out long number)
    {
        var sign = rest[0] == '-' ? 1 : 0;
        var length = sign;
        while (length < rest.Length && char.IsAsciiDigit(rest[length]))
        {
            length++;
        }

        // At most 15 digits (RFC 9651 §3.3.1).
        kind = Kind.Integer;
        if (length == sign || length - sign > 15)
        {
            number = 0;
            return false;
        }

        number = long.Parse(rest[..length], System.Globalization.CultureInfo.InvariantCulture);
        Skip(ref rest, length);
        if (rest.StartsWith("."))
        {
            kind = Kind.Other;
            var digits = 1;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
            {
                digits++;
            }

            return digits is > 1 and <= 4 && Skip(ref rest, digits);
        }

        return true;
    }

    private static bool TryString(ref ReadOnlySpan<char> rest)
    {
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '\\')
            {
                i++;
            }
            else if (rest[i] == '"')
            {
                return Skip(ref rest, i + 1);
            }
        }

        return false;
    }

    private static bool TryToken(ref ReadOnlySpan<char> rest)
    {
        if (!char.IsAsciiLetter(rest[0]) && rest[0] != '*')
        {
            return false;
        }

        var length = 1;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit(rest[length]) || "!#$%&'*+-.^_`|~:/".Contains(rest[length], StringComparison.Ordinal)))
        {
            length++;
        }

        return Skip(ref rest, length);
    }

    private static bool Skip(ref ReadOnlySpan<char> rest, int count)
    {
        rest = rest[count..];
        return true;
    }

    private enum Kind
    {
        Integer,
        True,
        Other,
    }
}
