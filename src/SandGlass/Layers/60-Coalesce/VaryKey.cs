using Microsoft.Extensions.Primitives;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// The second half of a key where answers differ by request headers (RFC 9111 §4.1): the values of those headers, with their lines joined
/// and their spaces gone. Makes no string.
/// </summary>
public static class VaryKey
{
    /// <summary>The key of a request's variant.</summary>
    /// <param name="seed">Keys the hash.</param>
    /// <param name="key">The key of the URI.</param>
    /// <param name="names">The headers.</param>
    /// <param name="headers">The request's.</param>
    /// <param name="sent">Those of them that a fetch has sent, the others counting as absent; null: all that there are.</param>
    public static UInt128 Of(SipKey seed, UInt128 key, IReadOnlyList<string> names, IHeaderDictionary headers, IReadOnlyList<string>? sent = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(headers);
        var hasher = new KeyHasher(seed);
        hasher.Add((ulong)(key >> 64));
        hasher.Add((ulong)key);
        for (var i = 0; i < names.Count; i++)
        {
            hasher.Add(names[i]);
            if (IsSent(names[i]) && (sent is null || sent.Contains(names[i])))
            {
                Add(ref hasher, headers[names[i]]);
            }
        }

        return hasher.Finish128();
    }

    /// <summary>Whether a shared fetch may send a header: never what tells one user from another, whatever Vary names.</summary>
    public static bool IsSent(string name) => name is not ("cookie" or "authorization");

    private static void Add(ref KeyHasher hasher, in StringValues lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].AsSpan();
            foreach (var range in line.Split(','))
            {
                hasher.Add(line[range].Trim(" \t"));
            }
        }

        hasher.Add((byte)Math.Min(lines.Count, 1));
    }
}
