namespace SandGlass.Policy;

/// <summary>What a part of a key takes from the request.</summary>
public enum KeyPartKind
{
    /// <summary>The client as Trust sees it.</summary>
    Client,

    /// <summary>The route's name.</summary>
    Route,

    /// <summary>The chain's name.</summary>
    Chain,

    /// <summary>The whole path in its normal form (coalesce only: a quota by path would be walked around by paths).</summary>
    Path,

    /// <summary>A request header.</summary>
    Header,

    /// <summary>A cookie.</summary>
    Cookie,

    /// <summary>A query parameter.</summary>
    Query,

    /// <summary>A parameter of the route's path.</summary>
    PathParameter,
}

/// <summary>One part of a key as a policy writes it: "client", "header:X-User-Id", "path:sku".</summary>
public readonly record struct KeyPart(KeyPartKind Kind, string Name)
{
    public const string HowToWrite =
        "\"client\", \"route\", \"chain\", \"header:X\", \"cookie:x\", \"query:x\" or \"path:x\" (a parameter of the route's path)";

    public static bool TryParse(string text, out KeyPart part)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon];
        string name = colon < 0 ? "" : text[(colon + 1)..];
        KeyPartKind? found = (kind, colon >= 0) switch
        {
            ("client", false) => KeyPartKind.Client,
            ("route", false) => KeyPartKind.Route,
            ("chain", false) => KeyPartKind.Chain,
            ("path", false) => KeyPartKind.Path,
            ("header", true) when HttpToken.Is(name) => KeyPartKind.Header,
            ("cookie", true) when HttpToken.Is(name) => KeyPartKind.Cookie,
            ("query", true) when name.Length > 0 && !name.Any(char.IsControl) => KeyPartKind.Query,
            ("path", true) when name.Length > 0 => KeyPartKind.PathParameter,
            _ => null,
        };
        part = new KeyPart(found ?? default, name);
        return found is not null;
    }

    /// <summary>As the policy writes it.</summary>
    public override string ToString() => Kind switch
    {
        KeyPartKind.Header or KeyPartKind.Cookie or KeyPartKind.Query => $"{Kind.ToString().ToLowerInvariant()}:{Name}",
        KeyPartKind.PathParameter => $"path:{Name}",
        _ => Kind.ToString().ToLowerInvariant(),
    };

    /// <summary>Checks the parts of one key; `path` as a whole is for coalesce alone.</summary>
    internal static void Check(IReadOnlyList<string> key, string pointer, bool wholePath, Findings findings)
    {
        for (int i = 0; i < key.Count; i++)
        {
            // One bare text stands for a list of one, and is pointed at itself.
            string at = findings.IsList(pointer) ? JsonPointer.To(pointer, PolicyNode.IndexKey(i)) : pointer;
            if (key[i].Length > 0 && (!TryParse(key[i], out KeyPart part) || (part.Kind == KeyPartKind.Path && !wholePath)))
            {
                findings.Add(PolicyRules.BadKeyPart, at, $"{Words.Quote(key[i])} is no key part; write {(wholePath ? "\"path\", " : "")}{HowToWrite}");
            }
        }
    }
}
