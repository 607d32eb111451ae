using System.Text.Json;

namespace SandGlass.Policy;

/// <summary>
/// What changed between two policies, in the words of the policy and not of its text: comments, order and layout do not count.
/// <c>route order: timeout 3s → 2s</c>, <c>rate limit per-user: rate 10/s → 5/s</c>, <c>switch reviews-off: added</c>.
/// </summary>
public static class PolicyDiff
{
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

    /// <summary>The differences as lines.</summary>
    /// <returns>Null where one of the two is not JSON at all.</returns>
    public static IReadOnlyList<string>? Between(ReadOnlyMemory<byte> older, ReadOnlyMemory<byte> newer) =>
        Changes(older, newer) is { } changes ? [.. changes.Select(static c => c.ToString())] : null;

    /// <summary>The differences, section by section in the order of the newer file; what is gone comes last in its section.</summary>
    /// <param name="older">A policy's bytes.</param>
    /// <param name="newer">A policy's bytes.</param>
    /// <returns>Null where one of the two is not JSON at all.</returns>
    public static IReadOnlyList<PolicyChange>? Changes(ReadOnlyMemory<byte> older, ReadOnlyMemory<byte> newer)
    {
        if (Parse(older) is not { } before || Parse(newer) is not { } after)
        {
            return null;
        }

        var changes = new List<PolicyChange>();
        foreach (var (key, old, now) in Members(before, after))
        {
            if (Things.TryGetValue(key, out var thing) && (old ?? now)!.Kind == JsonValueKind.Object)
            {
                foreach (var (name, oldThing, newThing) in Members(old, now))
                {
                    Compare(new(key, $"{thing} {Words.Visible(name)}", string.Empty, null, null), oldThing, newThing, changes);
                }
            }
            else
            {
                Compare(new(key, Words.Visible(key), string.Empty, null, null), old, now, changes);
            }
        }

        return changes;
    }

    private static void Compare(PolicyChange at, PolicyNode? old, PolicyNode? now, List<PolicyChange> changes)
    {
        if (old?.Kind == JsonValueKind.Object && now?.Kind == JsonValueKind.Object)
        {
            foreach (var (key, oldValue, newValue) in Members(old, now))
            {
                var path = Words.Visible(key);
                Compare(at with { Path = at.Path.Length == 0 ? path : $"{at.Path}.{path}" }, oldValue, newValue, changes);
            }
        }
        else if ((old is null ? null : Show(old)) is var before && (now is null ? null : Show(now)) is var after && before != after)
        {
            changes.Add(at with { Before = before, After = after, Gone = Less(old, now), Came = Less(now, old) });
        }
    }

    // The items of one list that the other does not have; null where there are no two lists, or nothing but their order differs.
    private static string[]? Less(PolicyNode? list, PolicyNode? other)
    {
        if (list?.Kind != JsonValueKind.Array || other?.Kind != JsonValueKind.Array)
        {
            return null;
        }

        string[] items = [.. list.Children.Select(Show)], others = [.. other.Children.Select(Show)];
        return items.ToHashSet(StringComparer.Ordinal).SetEquals(others) ? null : [.. items.Except(others, StringComparer.Ordinal)];
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

    private static string Show(PolicyNode node) => node.Kind switch
    {
        JsonValueKind.Object => $"{{ {string.Join(", ", node.Children.Select(static c => $"{Words.Visible(c.Key)}: {Show(c)}"))} }}",
        JsonValueKind.Array => $"[{string.Join(", ", node.Children.Select(Show))}]",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        _ => Words.Visible(node.Text),
    };

    private static PolicyNode? Parse(ReadOnlyMemory<byte> utf8)
    {
        var text = utf8.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? utf8[3..] : utf8;
        return PolicyTree.Read(text, new Findings(new PolicySource(text)));
    }
}
