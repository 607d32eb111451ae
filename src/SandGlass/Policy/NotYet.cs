using System.Text.Json;

namespace SandGlass.Policy;

/// <summary>
/// What a policy may say already although this version does not act on it: the language is whole before the gateway is.
/// Whoever builds a feature deletes its row, and the warning is gone.
/// </summary>
internal static class NotYet
{
    private sealed record Row(string Pattern, string? Value, string Reason);

    private static readonly Row[] _rows =
    [
        new("/event/goals", null, "the phases are followed, the goals are not"),
    ];

    /// <summary>One warning a row, at the first place in the file that it speaks of.</summary>
    public static void Warn(PolicyNode root, Findings findings)
    {
        foreach (Row row in _rows)
        {
            List<PolicyNode> places = [.. Places([root], JsonPointer.Keys(row.Pattern)).Where(node => Speaks(node, row.Value))];
            if (places.Count > 0)
            {
                string others = places.Count > 1 ? $" (and {places.Count - 1} more like it)" : "";
                findings.Add(PolicyRules.NotActedOn, places[0].Pointer, places[0].Place,
                    $"read and checked, but this version does not act on it yet: {row.Reason}{others}");
            }
        }
    }

    /// <summary>An empty section says nothing that could be missed.</summary>
    private static bool Speaks(PolicyNode node, string? value) =>
        value is null ? node.Children.Count > 0 || node.Kind is JsonValueKind.String or JsonValueKind.Number : node.Text == value;

    private static IEnumerable<PolicyNode> Places(IEnumerable<PolicyNode> from, IEnumerable<string> keys) =>
        keys.Aggregate(from, (nodes, key) => key == "*"
            ? nodes.SelectMany(node => node.Children)
            : nodes.Select(node => node.Kind == JsonValueKind.Object ? node.Member(key) : null).OfType<PolicyNode>());
}
