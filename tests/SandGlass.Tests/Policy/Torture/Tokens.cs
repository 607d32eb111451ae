using System.Text;
using System.Text.RegularExpressions;

namespace SandGlass.Tests.Policy.Torture;

/// <summary>A sound file taken apart: its tokens, and its values and members with where they begin and end.</summary>
internal sealed partial class Tokens
{
    private readonly List<Range> _values = [];
    private readonly List<Range> _members = [];

    public Tokens(byte[] utf8)
    {
        // Latin-1, so that one character is one byte.
        string text = Encoding.Latin1.GetString(utf8);
        All = [.. Token().Matches(text).Where(one => one.Groups["blank"].Length == 0).Select(one => one.Index..(one.Index + one.Length))];
        Numbers = [.. All.Where(one => char.IsAsciiDigit(text[one.Start]) || text[one.Start] == '-')];
        Words = [.. All.Where(one => text[one.Start] == '"' && one.End.Value > one.Start.Value + 2)];
        int at = 0;
        Value(text, ref at);
    }

    public IReadOnlyList<Range> All { get; }

    public IReadOnlyList<Range> Numbers { get; }

    /// <summary>Strings, keys among them.</summary>
    public IReadOnlyList<Range> Words { get; }

    /// <summary>Every value but the root.</summary>
    public IReadOnlyList<Range> Values => _values;

    /// <summary>Key, colon and value.</summary>
    public IReadOnlyList<Range> Members => _members;

    [GeneratedRegex("""(?<blank>\s+|//[^\n]*|/\*.*?\*/)|"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|[a-z]+|[{}\[\]:,]""", RegexOptions.Singleline)]
    private static partial Regex Token();

    private void Value(string text, ref int at)
    {
        char first = text[All[at].Start];
        if (first is not ('{' or '['))
        {
            at++;
            return;
        }

        at++;
        while (text[All[at].Start] is not ('}' or ']'))
        {
            int member = All[at].Start.Value;
            at += first == '{' ? 2 : 0;
            int value = All[at].Start.Value;
            Value(text, ref at);
            int end = All[at - 1].End.Value;
            _values.Add(value..end);
            if (first == '{')
            {
                _members.Add(member..end);
            }

            at += text[All[at].Start] == ',' ? 1 : 0;
        }

        at++;
    }
}
