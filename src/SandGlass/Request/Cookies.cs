using Microsoft.Extensions.Primitives;

namespace SandGlass.Request;

/// <summary>Reads a cookie without making strings (RFC 6265 §4.2.1).</summary>
public static class Cookies
{
    /// <summary>Whether there is no cookie of another name.</summary>
    public static bool HasOnly(in StringValues lines, ReadOnlySpan<char> name)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].AsSpan();
            foreach (var range in line.Split(';'))
            {
                var pair = line[range].Trim(' ');
                if (!pair.IsEmpty && !(pair.StartsWith(name, StringComparison.Ordinal) && pair.Length > name.Length && pair[name.Length] == '='))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>The first cookie of that name.</summary>
    public static bool TryFind(in StringValues lines, ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].AsSpan();
            foreach (var range in line.Split(';'))
            {
                var pair = line[range].Trim(' ');
                var equals = pair.IndexOf('=');
                if (equals > 0 && pair[..equals].SequenceEqual(name))
                {
                    value = pair[(equals + 1)..];
                    return true;
                }
            }
        }

        value = default;
        return false;
    }
}
