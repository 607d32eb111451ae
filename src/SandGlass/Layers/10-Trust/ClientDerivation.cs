using Microsoft.Extensions.Primitives;
using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>
/// Who the client is, from what a trusted proxy says. The rule: the lines of the header are one list; it is read from right to left;
/// trusted hops are dropped; the first untrusted address is the client. An entry that is no address ends the reading, and the last hop
/// that was understood counts as the client (at worst the proxy itself), so garbage never chooses a bucket and never shares one with
/// other proxies' garbage. If all hops are trusted, the leftmost is the client. At most <see cref="MostHops"/> entries are read.
/// </summary>
public static class ClientDerivation
{
    /// <summary>How many entries of a list are looked at.</summary>
    public const int MostHops = 32;

    /// <summary>The client that <paramref name="values"/> name, seen from the trusted <paramref name="peer"/>.</summary>
    public static ClientAddress Derive(string header, in StringValues values, in ClientAddress peer, CidrSet trusted)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(trusted);
        var forwarded = header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase);
        var best = peer;
        var hops = 0;
        for (var line = values.Count - 1; line >= 0; line--)
        {
            var rest = values[line].AsSpan();
            while (!rest.IsEmpty)
            {
                var comma = rest.LastIndexOf(',');
                var entry = comma < 0 ? rest : rest[(comma + 1)..];
                rest = comma < 0 ? default : rest[..comma];
                if (++hops > MostHops || !ClientAddress.TryParse(forwarded ? ForPart(entry) : entry, out var hop, values[line]))
                {
                    return best;
                }

                best = hop;
                if (!trusted.Contains(hop))
                {
                    return best;
                }
            }
        }

        return best;
    }

    // RFC 7239 §4: for=192.0.2.43;proto=http, for="[2001:db8::1]:80".
    private static ReadOnlySpan<char> ForPart(ReadOnlySpan<char> element)
    {
        foreach (var range in element.Split(';'))
        {
            var pair = element[range].Trim(" \t");
            if (pair.StartsWith("for=", StringComparison.OrdinalIgnoreCase))
            {
                return pair[4..].Trim('"');
            }
        }

        return default;
    }
}
