using Microsoft.Extensions.Primitives;

namespace SandGlass.Layers.Fallback;

/// <summary>A whole good answer (200) as it is kept for bad times. Immutable.</summary>
public sealed class GoodAnswer
{
    private const long Overhead = 400;

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>End-to-end headers, with <c>Content-Length</c>.</summary>
    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    /// <summary>The body, whole.</summary>
    public required byte[] Body { get; init; }

    /// <summary>The request headers by which it differs from others of its key, lower case; empty: by none.</summary>
    public string[] Names { get; init; } = [];

    /// <summary>What these were.</summary>
    public string Values { get; init; } = string.Empty;

    /// <summary>Its content coding, which a client must take; null: none.</summary>
    public string? Coding { get; init; }

    /// <summary>Its strong entity tag; null: none.</summary>
    public string? Tag { get; init; }

    /// <summary>The moment it was fresh from the backend, monotonic ticks: when it came, less the age it came with.</summary>
    public required long At { get; init; }

    /// <summary>Which words of the policy let it be kept (<see cref="Leniency"/>); empty: none had to.</summary>
    public string[] LeansOn { get; init; } = [];

    /// <summary>Of which route it is.</summary>
    public required LastGoodState Route { get; init; }

    /// <summary>Its memory, bytes: body, header text and some for the objects.</summary>
    public long Bytes => Body.Length + Overhead + Headers.Sum(static h => 2L * (h.Key.Length + h.Value.ToString().Length));

    /// <summary>Its age in ticks.</summary>
    public long Age(long now) => Math.Max(0, now - At);

    /// <summary>Whether it may be given to a request: one that says the same in the headers by which answers differ.</summary>
    public bool IsFor(IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return (Coding is null || Accepts(headers.AcceptEncoding, Coding)) && (Names.Length == 0 || ValuesOf(Names, headers) == Values);
    }

    /// <summary>Whether it is the same variant of its key as another.</summary>
    public bool IsLike(GoodAnswer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Coding == other.Coding && Values == other.Values && Names.AsSpan().SequenceEqual(other.Names);
    }

    /// <summary>What a request says in these headers: lines joined, as RFC 9111 §4.1 lets them be compared.</summary>
    public static string ValuesOf(string[] names, IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(headers);
        return names.Length == 0 ? string.Empty
            : string.Join('\n', names.Select(name => string.Join(',', headers[name].ToString().Split(',', StringSplitOptions.TrimEntries))));
    }

    // One list, weights only as far as zero is a no (RFC 9110 §12.5.3).
    private static bool Accepts(in StringValues lines, string coding)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].AsSpan();
            foreach (var range in line.Split(','))
            {
                var part = line[range].Trim(' ');
                var semicolon = part.IndexOf(';');
                var name = (semicolon < 0 ? part : part[..semicolon]).Trim(' ');
                if (name.Equals(coding, StringComparison.OrdinalIgnoreCase))
                {
                    return semicolon < 0 || part[semicolon..].IndexOfAnyInRange('1', '9') >= 0;
                }
            }
        }

        return false;
    }
}
