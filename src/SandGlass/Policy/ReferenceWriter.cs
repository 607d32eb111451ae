using System.Globalization;
using System.Reflection;
using System.Text;

namespace SandGlass.Policy;

/// <summary>
/// Writes docs/policy.md, the policy's reference for people, from the same records, comments and rules that the reader, the schema and
/// <c>check</c> live by: it can't go stale, because a test compares.
/// </summary>
internal sealed class ReferenceWriter
{
    private readonly DocComments _docs;
    private readonly StringBuilder _text = new();
    private readonly HashSet<Type> _explained = [];

    // The one place where each record is described; where it stands again, that is named.
    private readonly OrderedDictionary<Type, string> _places = [];

    private ReferenceWriter(DocComments docs)
    {
        _docs = docs;
        Find(typeof(GatewayPolicy), string.Empty);
    }

    /// <summary>The page, as Markdown.</summary>
    /// <param name="docs">The comments.</param>
    public static string Write(DocComments docs)
    {
        var writer = new ReferenceWriter(docs);
        writer.Page();
        return writer._text.ToString().ReplaceLineEndings("\n");
    }

    private void Page()
    {
        _text.Append("""
            # The policy, key by key

            Generated from the records that the gateway reads by (`src/SandGlass`); a test keeps it current, so do not edit it here.
            `sandglass init` writes a policy to begin with, `sandglass schema` the JSON Schema for editors, and `sandglass check FILE` tells
            everything that is wrong with one.

            ## How values are written

            The file is one JSON document in UTF-8; `//` and `/* */` comments and trailing commas are allowed. It is read strictly: an unknown key,
            a key written twice, `null`, a wrong unit or a name of nothing is an error, and all errors are told at once.

            | what | how |
            | --- | --- |

            """);
        foreach (var (what, how) in (ReadOnlySpan<(string, string)>)
        [
            ("duration", Duration.HowToWrite),
            ("rate", Rate.HowToWrite),
            ("size", ByteSize.HowToWrite),
            ("rate of bytes", ByteRate.HowToWrite),
            ("secret", SecretReference.HowToWrite),
            ("key part", KeyPart.HowToWrite),
            ("moment", "a date and time with its offset: \"2026-11-11T00:00:00+08:00\""),
            ("name", "up to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit"),
        ])
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {Cell(how)} |");
        }

        foreach (var (type, path) in _places)
        {
            var heading = path.Length == 0 ? "The whole" : path.EndsWith(".*", StringComparison.Ordinal) && path.Count('.') == 1 ? path[..^2] : path;
            _text.AppendLine().Append('#', heading.Contains('.', StringComparison.Ordinal) ? 3 : 2).AppendLine(CultureInfo.InvariantCulture, $" {heading}");
            Record(type);
        }

        Rules();
    }

    private void Find(Type type, string path)
    {
        type = Inner(type);
        if (IsRecord(type) && _places.TryAdd(type, path))
        {
            foreach (var key in PolicyShape.Of(type).Keys.Values)
            {
                Find(key.Type, PathOf(path, key));
            }
        }
    }

    private void Record(Type type)
    {
        _text.AppendLine();
        if (_docs.Of(type) is { } about)
        {
            _text.AppendLine(about).AppendLine();
        }

        var defaults = Activator.CreateInstance(type);
        var keys = PolicyShape.Of(type).Keys.Values;
        _text.AppendLine("| key | value | default | |").AppendLine("| --- | --- | --- | --- |");
        foreach (var key in keys)
        {
            var standard = key.Needed ? "**needed**" : DefaultOf(key.Property.GetValue(defaults));
            _text.AppendLine(CultureInfo.InvariantCulture, $"| `{key.Name}` | {Cell(Kind(key.Type, key))} | {Cell(standard)} | {Cell(_docs.Of(key.Property) ?? string.Empty)} |");
        }

        foreach (var words in keys.Select(static k => Inner(k.Type)).Where(t => t.IsEnum && _explained.Add(t)))
        {
            WordsOf(words);
        }
    }

    private void WordsOf(Type words)
    {
        var told = PolicyShape.Words(words).Select(word => (Word: word.Key, Text: _docs.Of(words.GetField(word.Value.ToString()!)!)))
            .Where(static one => one.Text is not null).ToArray();
        if (told.Length > 0)
        {
            _text.AppendLine();
        }

        foreach (var (word, text) in told)
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"- `{word}`: {text}");
        }
    }

    private void Rules()
    {
        _text.AppendLine().AppendLine("## What check can say").AppendLine()
            .AppendLine("SG10xx: the file and its shape. SG11xx: names of other things. SG12xx: meaning. SG2xxx: legal, but unwise. Ids never change their meaning.").AppendLine()
            .AppendLine("| rule | | why, and what to do |").AppendLine("| --- | --- | --- |");
        foreach (var rule in PolicyRules.All.OrderBy(static r => r.Id, StringComparer.Ordinal))
        {
            _text.AppendLine(CultureInfo.InvariantCulture, $"| {rule.Id} | {Cell(rule.Title)} | {Cell(rule.Story)} |");
        }
    }

    private string Kind(Type type, PolicyKey key)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var arguments = type.IsGenericType ? type.GetGenericArguments() : [];
        return arguments.Length switch
        {
            2 => $"{(arguments[0].IsEnum ? Words(arguments[0]) : "names")} to {Kind(arguments[1], key)}",
            1 => key.OneOrMany ? $"{Kind(arguments[0], key)}, or a list" : $"list of {Kind(arguments[0], key)}",
            _ => Scalar(type, key) + Range(key),
        };
    }

    private string Scalar(Type type, PolicyKey key) =>
        type.IsEnum ? Words(type)
        : type == typeof(string) ? "text"
        : type == typeof(bool) ? "`true` or `false`"
        : type == typeof(int) ? key.OneOf is { } values ? string.Join(" or ", values) : "whole number"
        : type == typeof(double) ? "number"
        : type == typeof(Duration) ? "duration"
        : type == typeof(Rate) ? "rate"
        : type == typeof(ByteSize) ? "size"
        : type == typeof(ByteRate) ? "rate of bytes"
        : type == typeof(Threshold) ? "number or duration"
        : type == typeof(DateTimeOffset) ? "moment"
        : type == typeof(RawJson) ? "any JSON"
        : $"object: `{_places[type]}`";

    private static string Range(PolicyKey key) => key.Bounds switch
    {
        { Least: { } least, Most: { } most } bounds => $", {(bounds.AboveLeast ? "above " : string.Empty)}{least} to {most}",
        { Least: { } least } => $", at least {least}",
        { Most: { } most } => $", at most {most}",
        _ => string.Empty,
    };

    private static string Words(Type words) => string.Join(", ", PolicyShape.Words(words).Keys.Select(static w => $"`{w}`"));

    private static string DefaultOf(object? value) => value switch
    {
        Enum word => $"`{PolicyShape.Word(word)}`",
        bool flag => flag ? "`true`" : "`false`",
        int or double => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        string { Length: > 0 } text => $"`{text}`",
        Duration or ByteSize or ByteRate or Rate => $"`{value}`",
        IReadOnlyList<string> { Count: > 0 } list => string.Join(", ", list.Select(static l => $"`{l}`")),
        _ => string.Empty,
    };

    private static bool IsRecord(Type type) => type.IsClass && type.Namespace?.StartsWith("SandGlass", StringComparison.Ordinal) == true && type.Name.EndsWith("Policy", StringComparison.Ordinal);

    private static Type Inner(Type type) => type.IsGenericType ? Inner(type.GetGenericArguments()[^1]) : Nullable.GetUnderlyingType(type) ?? type;

    private static string PathOf(string path, PolicyKey key) =>
        (path.Length > 0 ? path + "." : string.Empty) + key.Name + (key.Type.IsGenericType && key.Type.GetGenericArguments().Length == 2 ? ".*" : string.Empty);

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
