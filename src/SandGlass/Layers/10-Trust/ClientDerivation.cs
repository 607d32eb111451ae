using Microsoft.Extensions.Primitives;
using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>
/// Who the client is, from what a trusted proxy says. The rule: the lines of the header are one list; it is read from right to left;
/// trusted hops are dropped; the first untrusted address is the client. An entry that is no address (an empty one too) ends the reading,
/// and the last hop that was understood counts as the client (at worst the proxy itself), so garbage never chooses a bucket and never
/// shares one with other proxies' garbage. If all hops are trusted, the leftmost is the client. At most <see cref="MostHops"/> entries are read.
/// </summary>
public static class ClientDerivation
{
    /// <summary>How many entries of a list are looked at.</summary>
    public const int MostHops = 32;

    /// <summary>The client that <paramref name="values"/> name, seen from the trusted <paramref name="peer"/>.</summary>
    public static ClientAddress Derive(string header, in StringValues values, in ClientAddress peer, CidrSet trusted) =>
        Derive(header, values, peer, trusted, out _);

    /// <summary>The same, and where the reading ended.</summary>
    public static ClientAddress Derive(string header, in StringValues values, in ClientAddress peer, CidrSet trusted, out DerivationEnd end)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(trusted);
        var forwarded = header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase);
        var best = peer;
        var hops = 0;
        for (var line = values.Count - 1; line >= 0; line--)
        {
            var rest = values[line].AsSpan();
            bool more;
            do
            {
                var comma = forwarded ? ForwardedElement.LastComma(rest) : rest.LastIndexOf(',');
                var entry = rest[(comma + 1)..];
                more = comma >= 0;
                rest = more ? rest[..comma] : default;
                if (++hops > MostHops)
                {
                    end = DerivationEnd.TooManyHops;
                    return best;
                }

                if (!(forwarded ? ForwardedElement.TryReadFor(entry, out var hop) : ClientAddress.TryParse(entry, out hop, values[line])))
                {
                    end = DerivationEnd.NoAddress;
                    return best;
                }

                best = hop;
                if (!trusted.Contains(hop))
                {
                    end = DerivationEnd.Untrusted;
                    return best;
                }
            }
            while (more);
        }

        end = DerivationEnd.AllTrusted;
        return best;
    }
}
