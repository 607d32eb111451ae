namespace SandGlass.Policy;

/// <summary>What one segment of a pattern takes.</summary>
public enum PathSegmentKind
{
    /// <summary>This text, whatever its case.</summary>
    Literal,

    /// <summary>Any one segment, kept under a name.</summary>
    Parameter,

    /// <summary>All that follows, also nothing, kept under a name.</summary>
    Rest,
}

/// <summary>One segment: the literal text or the parameter's name.</summary>
public readonly record struct PathSegment(PathSegmentKind Kind, string Text);

/// <summary>A route's path, parsed: "/api/products/{sku}/reviews", "/api/cart/{**rest}", "/".</summary>
public sealed class PathPattern
{
    /// <summary>Far longer than any route, far shorter than a request line may be.</summary>
    private const int Longest = 1_024;

    private PathPattern(IReadOnlyList<PathSegment> segments) => Segments = segments;

    public IReadOnlyList<PathSegment> Segments { get; }

    /// <summary>Patterns of the same shape take the same paths.</summary>
    public string Shape => "/" + string.Join('/', Segments.Select(segment => segment.Kind switch
    {
        PathSegmentKind.Literal => segment.Text.ToLowerInvariant(),
        PathSegmentKind.Parameter => "{}",
        _ => "{**}",
    }));

    /// <summary>As the policy writes it.</summary>
    public override string ToString() => "/" + string.Join('/', Segments.Select(segment => segment.Kind switch
    {
        PathSegmentKind.Literal => segment.Text,
        PathSegmentKind.Parameter => $"{{{segment.Text}}}",
        _ => $"{{**{segment.Text}}}",
    }));

    public bool HasParameter(string name) =>
        Segments.Any(segment => segment.Kind != PathSegmentKind.Literal && segment.Text.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The pattern, or null with what is wrong and what to write instead.</summary>
    public static PathPattern? Parse(string text, out string? wrong)
    {
        if (!text.StartsWith('/') || text.Length > Longest)
        {
            wrong = text.Length > Longest
                ? $"the path has {text.Length:N0} characters; at most {Longest:N0}"
                : $"{Words.Quote(text)} must begin with \"/\"";
            return null;
        }

        var segments = new List<PathSegment>();
        foreach (string part in text.Length == 1 ? [] : text[1..].Split('/'))
        {
            PathSegment segment = default;
            wrong = segments.Count > 0 && segments[^1].Kind == PathSegmentKind.Rest
                ? "\"{**name}\" takes all that follows, so it must stand last"
                : Segment(part, out segment);
            if (wrong is null && segment.Kind != PathSegmentKind.Literal && segments.Exists(one => one.Kind != PathSegmentKind.Literal
                && one.Text.Equals(segment.Text, StringComparison.OrdinalIgnoreCase)))
            {
                wrong = $"the parameter {Words.Quote(segment.Text)} stands twice; give each its own name";
            }

            if (wrong is not null)
            {
                return null;
            }

            segments.Add(segment);
        }

        wrong = null;
        return new PathPattern(segments);
    }

    private static string? Segment(string part, out PathSegment segment)
    {
        segment = default;
        if (part.Length == 0)
        {
            return "an empty segment (\"//\" or \"/\" at the end) is never matched; take it out";
        }

        if (part.StartsWith('{') && part.EndsWith('}'))
        {
            bool rest = part.StartsWith("{**", StringComparison.Ordinal);
            string name = part[(rest ? 3 : 1)..^1];
            segment = new PathSegment(rest ? PathSegmentKind.Rest : PathSegmentKind.Parameter, name);
            return name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
                ? null
                : $"{Words.Quote(part)} must be \"{{name}}\" or \"{{**name}}\": letters, digits and '_', beginning with a letter";
        }

        segment = new PathSegment(PathSegmentKind.Literal, part);
        return part switch
        {
            _ when part.AsSpan().ContainsAny('{', '}') => $"a parameter is a whole segment; write \"{{name}}\" instead of {Words.Quote(part)}",
            "." or ".." => "dot segments are resolved before routes are matched; write the path they lead to",
            _ when part.AsSpan().ContainsAny('?', '#') => "a path has no \"?\" or \"#\"; the query does not choose the route",
            _ when part.Contains('%') => "paths are matched decoded; write the character itself instead of \"%\" (an encoded slash is never matched)",
            _ when part.Contains('*') => "\"*\" is no wildcard; write \"{name}\" for one segment, \"{**name}\" for all that follow",
            _ when part.Contains('\\') || part.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) =>
                $"{Words.Quote(part)} has a backslash, space or control character, which no request's path has",
            _ => null,
        };
    }
}
