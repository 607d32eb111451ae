using System.Globalization;
using System.Text.RegularExpressions;

namespace SandGlass.LoadTests.Config;

/// <summary>
/// An object that is read strictly: each key is asked for once, and what nobody asked for is an error. Nothing throws; all that is wrong ends in
/// the findings, and the answer is then a harmless value.
/// </summary>
internal sealed partial class Fields
{
    private readonly ObjectNode _node;
    private readonly string _path;
    private readonly List<Finding> _findings;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private Fields(ObjectNode node, string path, List<Finding> findings) => (_node, _path, _findings) = (node, path, findings);

    public Place Place => _node.Place;

    public string Path => _path;

    /// <summary>The fields of a node; null with a finding where it is no object.</summary>
    public static Fields? Of(Node? node, string path, List<Finding> findings)
    {
        if (node is ObjectNode found)
        {
            return new(found, path, findings);
        }

        if (node is not null)
        {
            findings.Add(new(node.Place, path, $"must be an object, not {node.Kind}"));
        }

        return null;
    }

    public IEnumerable<Member> Members => _node.Members;

    public bool Has(string key) => _node.Members.Any(m => m.Key == key);

    public string PathOf(string key) => $"{_path}/{key}";

    public void Wrong(Node? at, string key, string message) => _findings.Add(new(at?.Place ?? _node.Place, PathOf(key), message));

    /// <summary>The node of a key, or null.</summary>
    public Node? Take(string key)
    {
        _asked.Add(key);
        return _node.Members.FirstOrDefault(m => m.Key == key)?.Value;
    }

    public Fields? Object(string key) => Of(Take(key), PathOf(key), _findings);

    public string? Text(string key) => Text(Take(key), key);

    public string? Text(Node? node, string key)
    {
        if (node is TextNode text)
        {
            return text.Value;
        }

        if (node is not null)
        {
            Wrong(node, key, $"must be a text, not {node.Kind}");
        }

        return null;
    }

    public double? Number(string key, double least, double most = double.MaxValue) => Number(Take(key), key, least, most);

    public double? Number(Node? node, string key, double least, double most = double.MaxValue)
    {
        if (node is NumberNode number && number.Value >= least && number.Value <= most)
        {
            return number.Value;
        }

        if (node is not null)
        {
            var bounds = most == double.MaxValue ? $"from {least.ToString(CultureInfo.InvariantCulture)} on" : $"from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}";
            Wrong(node, key, node is NumberNode ? $"must be a number {bounds}" : $"must be a number {bounds}, not {node.Kind}");
        }

        return null;
    }

    public long? Whole(string key, long least) => Whole(Take(key), key, least);

    public long? Whole(Node? node, string key, long least)
    {
        if (Number(node, key, least) is not { } number)
        {
            return null;
        }

        if (number != Math.Floor(number) || number > 1L << 53)
        {
            Wrong(node, key, "must be a whole number");
            return null;
        }

        return (long)number;
    }

    /// <summary>A TimeSpan as NBomber writes it. Its parser takes "30" for thirty days; here that is an error.</summary>
    public TimeSpan? Time(string key, bool zero = false) => Time(Take(key), key, zero);

    public TimeSpan? Time(Node? node, string key, bool zero = false)
    {
        if (node is null)
        {
            return null;
        }

        var written = node is TextNode text ? text.Value : null;
        if (written is null || !HoursMinutesSeconds().IsMatch(written) || !TimeSpan.TryParseExact(written, ["c", "g"], CultureInfo.InvariantCulture, out var time))
        {
            Wrong(node, key, $"must be a time as \"hours:minutes:seconds\", such as \"00:00:30\"{Suggestion(written)}");
            return null;
        }

        if (time == TimeSpan.Zero && !zero)
        {
            Wrong(node, key, "must be longer than 0");
            return null;
        }

        return time;
    }

    /// <summary>The items of a list; empty where there is none.</summary>
    public IReadOnlyList<Node> List(string key)
    {
        var node = Take(key);
        if (node is ArrayNode list)
        {
            return list.Items;
        }

        if (node is not null)
        {
            Wrong(node, key, $"must be a list, not {node.Kind}");
        }

        return [];
    }

    public IReadOnlyList<string> Texts(string key) => [.. List(key).Select((node, i) => Text(node, $"{key}/{i}")).OfType<string>()];

    /// <summary>One word of several, whatever its case.</summary>
    public string? Word(string key, params string[] known) => Word(Take(key), key, known);

    public string? Word(Node? node, string key, params string[] known)
    {
        if (Text(node, key) is not { } text)
        {
            return null;
        }

        var found = known.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (found is null)
        {
            Wrong(node, key, $"\"{text}\" is not known{Words.Instead(text, known)}");
        }

        return found;
    }

    /// <summary>Says what was not asked for.</summary>
    public void End()
    {
        foreach (var member in _node.Members.Where(m => !_asked.Contains(m.Key)))
        {
            _findings.Add(new(member.Place, PathOf(member.Key), $"unknown key \"{member.Key}\"{Words.Instead(member.Key, _asked)}"));
        }
    }

    private static string Suggestion(string? written)
    {
        if (written is null || Unit().Match(written) is not { Success: true } match)
        {
            return string.Empty;
        }

        var number = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        var seconds = match.Groups[2].Value switch { "ms" => number / 1000, "m" or "min" => number * 60, "h" => number * 3600, _ => number };
        return $"; for {written} write \"{TimeSpan.FromSeconds(Math.Min(seconds, 1e9)):c}\"";
    }

    [GeneratedRegex(@"^(\d+\.)?\d{1,2}:\d{2}:\d{2}(\.\d{1,7})?$")]
    private static partial Regex HoursMinutesSeconds();

    [GeneratedRegex(@"^(\d+(?:\.\d+)?) ?(ms|s|sec|m|min|h)?$")]
    private static partial Regex Unit();
}
