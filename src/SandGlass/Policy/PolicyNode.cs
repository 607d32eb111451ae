using System.Globalization;
using System.Text.Json;

namespace SandGlass.Policy;

/// <summary>One value of the file with its place in it. JsonDocument forgets places, so this tree is ours.</summary>
internal sealed class PolicyNode
{
    private const int FewMembers = 8;
    private static readonly List<PolicyNode> _none = [];
    private List<PolicyNode>? _children; // most values have none
    private Dictionary<string, PolicyNode>? _index;

    public required JsonValueKind Kind { get; init; }

    /// <summary>Offset of the value's first byte.</summary>
    public required int Start { get; init; }

    public PolicyNode? Parent { get; init; }

    /// <summary>The key in an object, the index in an array, "" for the root.</summary>
    public string Key { get; init; } = "";

    /// <summary>Offset of the key's first byte; -1 where there is none.</summary>
    public int KeyStart { get; init; } = -1;

    /// <summary>The unescaped string or the number as written.</summary>
    public string Text { get; init; } = "";

    /// <summary>Members or items in file order; of a key written twice, the first.</summary>
    public List<PolicyNode> Children => _children ?? _none;

    /// <summary>The value could not be bound and this was said; what follows from it need not be said as well.</summary>
    public bool Broken { get; set; }

    /// <summary>Where a problem with this value is shown: a scalar itself, but the key of an object or list.</summary>
    public int Place => KeyStart >= 0 && Kind is (JsonValueKind.Object or JsonValueKind.Array) ? KeyStart : Start;

    public string Pointer => Parent is null ? "" : JsonPointer.To(Parent.Pointer, Key);

    public PolicyNode? Member(ReadOnlySpan<char> key)
    {
        if (_children is not { } children)
        {
            return null;
        }

        if (children.Count <= FewMembers)
        {
            foreach (PolicyNode child in children)
            {
                if (key.SequenceEqual(child.Key))
                {
                    return child;
                }
            }

            return null;
        }

        _index ??= children.ToDictionary(child => child.Key, StringComparer.Ordinal);
        return _index.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out PolicyNode? found) ? found : null;
    }

    /// <summary>Adds a member or an item; false when the key is there already.</summary>
    public bool TryAdd(PolicyNode child)
    {
        if (Kind == JsonValueKind.Object)
        {
            if (Member(child.Key) is not null)
            {
                return false;
            }

            _index?.Add(child.Key, child);
        }

        (_children ??= []).Add(child);
        return true;
    }

    /// <summary>What it is, in the words of a message.</summary>
    public string Described => Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the text {Words.Quote(Text)}",
        JsonValueKind.Number => $"the number {Words.Visible(Text.Length > 24 ? Text[..24] + "…" : Text)}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    public static string IndexKey(int index) => index.ToString(CultureInfo.InvariantCulture);
}
