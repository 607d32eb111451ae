using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SandGlass.LoadTests.Planning;

/// <summary>What a value must look like where it is put.</summary>
internal enum Slot
{
    /// <summary>In a path or query: percent-encoded.</summary>
    Path,

    /// <summary>In JSON between quotes.</summary>
    Json,

    /// <summary>In a header or any other text: as it is, but on one line.</summary>
    Plain,
}

/// <summary>A text with {names} in it, which a journey's values replace. Braces that hold anything else are just braces, so JSON may be written as it is.</summary>
internal sealed partial class Template
{
    private readonly string[] _texts;
    private readonly int[] _names;
    private readonly Slot _slot;

    private Template(string[] texts, int[] names, Slot slot) => (_texts, _names, _slot) = (texts, names, slot);

    /// <summary>Whether it is the same for all.</summary>
    public bool Fixed => _names.Length == 0;

    /// <param name="text">What was written.</param>
    /// <param name="names">The names there are; a value's index is its name's.</param>
    /// <param name="slot">Where it goes.</param>
    /// <param name="unknown">Told of each name there is not.</param>
    public static Template Parse(string text, IReadOnlyList<string> names, Slot slot, Action<string>? unknown = null)
    {
        List<string> texts = [];
        List<int> found = [];
        var from = 0;
        foreach (Match match in Placeholder().Matches(text))
        {
            var name = match.Groups[1].Value;
            var index = names.ToList().IndexOf(name);
            if (index < 0)
            {
                unknown?.Invoke(name);
                continue;
            }

            texts.Add(text[from..match.Index]);
            found.Add(index);
            from = match.Index + match.Length;
        }

        texts.Add(text[from..]);
        return new([.. texts], [.. found], slot);
    }

    /// <summary>The text with the values in it; one that is not there yet is empty.</summary>
    public string Render(ReadOnlySpan<string?> values)
    {
        if (_names.Length == 0)
        {
            return _texts[0];
        }

        var text = new StringBuilder(_texts[0]);
        for (var i = 0; i < _names.Length; i++)
        {
            text.Append(Escape(values[_names[i]] ?? string.Empty)).Append(_texts[i + 1]);
        }

        return text.ToString();
    }

    /// <summary>As a JavaScript expression over an array v of values.</summary>
    public string Script()
    {
        string[] parts =
        [
            .. _texts.SelectMany((text, i) => new[]
            {
                JsonSerializer.Serialize(text),
                i >= _names.Length ? string.Empty : _slot switch
                {
                    Slot.Path => $"encodeURIComponent(v[{_names[i]}])",
                    Slot.Json => $"JSON.stringify(String(v[{_names[i]}])).slice(1, -1)",
                    _ => $"v[{_names[i]}]",
                },
            }).Where(static p => p.Length > 0),
        ];
        return string.Join(" + ", parts);
    }

    private string Escape(string value) => _slot switch
    {
        Slot.Path => Uri.EscapeDataString(value),
        Slot.Json => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value),
        _ => value.ReplaceLineEndings(" "),
    };

    [GeneratedRegex(@"\{([A-Za-z][A-Za-z0-9_-]*)\}")]
    private static partial Regex Placeholder();
}
