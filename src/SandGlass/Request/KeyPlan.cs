using SandGlass.Algorithms.Keys;
using SandGlass.Policy;

namespace SandGlass.Request;

/// <summary>
/// What a limit or a cache counts by, compiled: parts of the request hashed into one number, so that no string is made for a key.
/// The same parts can be written as text (<see cref="StableKey"/>), where the number must outlive the process or be the same elsewhere.
/// </summary>
public sealed class KeyPlan
{
    private readonly KeyPart[] _parts;
    private readonly string _text;

    private KeyPlan(KeyPart[] parts, bool wholeQuery)
    {
        _parts = parts;
        _text = string.Join(" + ", parts);
        HasWholeQuery = wholeQuery;
    }

    /// <summary>What a cache counts by unless told otherwise: the path and the whole query.</summary>
    public static KeyPlan WholeTarget { get; } = new([new(KeyPartKind.Path, string.Empty)], wholeQuery: true);

    /// <summary>Whether the whole query is part of the key.</summary>
    public bool HasWholeQuery { get; }

    /// <summary>Names of the query parameters that are part of the key.</summary>
    public IEnumerable<string> QueryNames => NamesOf(KeyPartKind.Query);

    /// <summary>Names of the headers that are part of the key.</summary>
    public IEnumerable<string> HeaderNames => NamesOf(KeyPartKind.Header);

    /// <summary>Names of the cookies that are part of the key.</summary>
    public IEnumerable<string> CookieNames => NamesOf(KeyPartKind.Cookie);

    /// <summary>As the policy writes it.</summary>
    public override string ToString() => _text;

    /// <summary>Compiles the parts of a policy's <c>key</c>.</summary>
    /// <exception cref="FormatException">A part is none.</exception>
    public static KeyPlan Parse(IEnumerable<string> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new(
            [.. parts.Select(static text => KeyPart.TryParse(text, out var part) ? part : throw new FormatException($"\"{text}\" is no key part"))],
            wholeQuery: false);
    }

    /// <summary>
    /// What the key is called for people: what stands in paths and queries as it is, 80 characters at most, and all else, which may be
    /// somebody's secret, as a hash.
    /// </summary>
    /// <param name="passage">The request.</param>
    /// <param name="hash">The key's hash.</param>
    public string Describe(Passage passage, ulong hash)
    {
        ArgumentNullException.ThrowIfNull(passage);
        const int Most = 80;
        var text = string.Join(" ", _parts.Select(part => part.Kind switch
        {
            KeyPartKind.Route => passage.Route.Name,
            KeyPartKind.Chain => passage.Route.Chain,
            KeyPartKind.Path => passage.Path.ToString(),
            KeyPartKind.Query => QueryString.TryFind(passage.Query, part.Name, out var value) ? value.ToString() : "-",
            KeyPartKind.PathParameter when passage.Route.ParameterIndex(part.Name) is >= 0 and var index =>
                passage.Target.Substring(passage.Values[index].Start, passage.Values[index].Length),
            KeyPartKind.PathParameter => "-",
            _ => "#" + ((uint)hash).ToString("x8", System.Globalization.CultureInfo.InvariantCulture),
        }));
        return text.Length <= Most ? text : string.Concat(text.AsSpan(0, Most), "…");
    }

    /// <summary>Adds this request's parts to the hash; false when a part is absent from the request (it is hashed as absent).</summary>
    public bool AddTo<TParts>(ref TParts hasher, Passage passage)
        where TParts : struct, IKeyParts, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(passage);
        var complete = true;
        hasher.Add((byte)passage.Partition);
        foreach (ref readonly var part in _parts.AsSpan())
        {
            complete &= Add(ref hasher, passage, part);
        }

        if (HasWholeQuery)
        {
            hasher.Add(passage.Query);
        }

        return complete;
    }

    private static bool Add<TParts>(ref TParts hasher, Passage passage, in KeyPart part)
        where TParts : struct, IKeyParts, allows ref struct
    {
        switch (part.Kind)
        {
            case KeyPartKind.Client:
                var client = passage.Client.Key(passage.Snapshot.Trust.ClientPrefixV6);
                hasher.Add((ulong)(client >> 64));
                hasher.Add((ulong)client);
                hasher.Add(passage.Client.IsV6 ? (byte)6 : (byte)4);
                return true;
            case KeyPartKind.Route:
                hasher.Add(passage.Route.Name);
                return true;
            case KeyPartKind.Chain:
                hasher.Add(passage.Route.Chain);
                return true;
            case KeyPartKind.Path:
                hasher.Add(passage.Path);
                return true;
            case KeyPartKind.Header:
                var values = passage.Headers[part.Name];
                for (var i = 0; i < values.Count; i++)
                {
                    hasher.Add(values[i]);
                }

                hasher.Add((byte)values.Count);
                return values.Count > 0;
            case KeyPartKind.Cookie:
                return AddOrAbsent(ref hasher, Cookies.TryFind(passage.Headers.Cookie, part.Name, out var cookie), cookie);
            case KeyPartKind.Query:
                return AddOrAbsent(ref hasher, QueryString.TryFind(passage.Query, part.Name, out var value), value);
            default:
                var index = passage.Route.ParameterIndex(part.Name);
                if (index < 0)
                {
                    return AddOrAbsent(ref hasher, false, default);
                }

                var (start, length) = passage.Values[index];
                return AddOrAbsent(ref hasher, true, passage.Target.AsSpan(start, length));
        }
    }

    private static bool AddOrAbsent<TParts>(ref TParts hasher, bool present, ReadOnlySpan<char> value)
        where TParts : struct, IKeyParts, allows ref struct
    {
        hasher.Add(present ? (byte)1 : (byte)0);
        hasher.Add(value);
        return present;
    }

    private IEnumerable<string> NamesOf(KeyPartKind kind) => _parts.Where(p => p.Kind == kind).Select(static p => p.Name);
}
