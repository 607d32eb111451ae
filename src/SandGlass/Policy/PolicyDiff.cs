using System.Text.Json;

namespace SandGlass.Policy;

/// <summary>
/// What changed between two policies, in the words of the policy and not of its text: comments, order and layout do not count.
/// <c>route order: timeout 3s → 2s</c>, <c>rate limit per-user: rate 10/s → 5/s</c>, <c>switch reviews-off: added</c>.
/// </summary>
public static class PolicyDiff
{
    private const int MostShown = 80;

    // Sections of named things, and what one of them is called.
    private static readonly Dictionary<string, string> Things = new(StringComparer.Ordinal)
    {
        ["chains"] = "chain",
        ["backends"] = "backend",
        ["routes"] = "route",
        ["rateLimits"] = "rate limit",
        ["fallbacks"] = "fallback",
        ["switches"] = "switch",
        ["plans"] = "plan",
        ["alarms"] = "alarm",
        ["layers"] = "layer",
    };

    /// <summary>The differences, section by section in the order of the newer file; what is gone comes last in its section.</summary>
    /// <param name="older">A policy's bytes.</param>
    /// <param name="newer">A policy's bytes.</param>
    /// <returns>One line each; null where one of the two is not JSON at all.</returns>
    public static IReadOnlyList<string>? Between(ReadOnlyMemory<byte> older, ReadOnlyMemory<byte> newer)
    {
        if (Parse(older) is not { } before || Parse(newer) is not { } after)
        {
            return null;
        }

        var lines = new List<string>();
        foreach (var (key, old, now) in Members(before, after))
        {
            if (Things.TryGetValue(key, out var thing) && (old ?? now)!.Kind == JsonValueKind.Object)
            {
                foreach (var (name, oldThing, newThing) in Members(old, now))
                {
                    Compare($"{thing} {name}", string.Empty, oldThing, newThing, lines);
                }
            }
            else
            {
                Compare(key, string.Empty, old, now, lines);
            }
        }

        return lines;
    }

    private static void Compare(string subject, string path, PolicyNode? old, PolicyNode? now, List<string> lines)
    {
        var where = path.Length == 0 ? string.Empty : path + " ";
        if (old is null || now is null)
        {
            var word = old is null ? "added" : "removed";
            lines.Add(path.Length == 0 ? $"{subject}: {word}" : $"{subject}: {where}{word} ({Show((old ?? now)!)})");
        }
        else if (old.Kind == JsonValueKind.Object && now.Kind == JsonValueKind.Object)
        {
            foreach (var (key, oldValue, newValue) in Members(old, now))
            {
                Compare(subject, path.Length == 0 ? key : $"{path}.{key}", oldValue, newValue, lines);
            }
        }
        else if (Show(old, whole: true) is var before && Show(now, whole: true) is var after && before != after)
        {
            lines.Add($"{subject}: {where}{Cut(before)} → {Cut(after)}");
        }
    }

    private static IEnumerable<(string Key, PolicyNode? Old, PolicyNode? Now)> Members(PolicyNode? old, PolicyNode? now)
    {
        foreach (var child in now?.Children ?? [])
        {
            yield return (child.Key, old?.Member(child.Key), child);
        }

        foreach (var child in old?.Children ?? [])
        {
            if (now?.Member(child.Key) is null)
            {
                yield return (child.Key, child, null);
            }
        }
    }

    private static string Show(PolicyNode node) => Cut(Show(node, whole: true));

    private static string Show(PolicyNode node, bool whole) => node.Kind switch
    {
        JsonValueKind.Object => $"{{ {string.Join(", ", node.Children.Select(c => $"{c.Key}: {Show(c, whole)}"))} }}",
        JsonValueKind.Array => $"[{string.Join(", ", node.Children.Select(c => Show(c, whole)))}]",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        _ => Words.Visible(node.Text),
    };

    private static string Cut(string text) => text.Length <= MostShown ? text : string.Concat(text.AsSpan(0, MostShown), "…");

    private static PolicyNode? Parse(ReadOnlyMemory<byte> utf8)
    {
        var text = utf8.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? utf8[3..] : utf8;
        return PolicyTree.Read(text, new Findings(new PolicySource(text)));
    }
}
