using System.Text;

namespace SandGlass.Policy;

/// <summary>
/// The problems of one file as people read them: FILE:LINE:COLUMN, the message, the source line and a caret beneath the place. One walk
/// over the file for all problems together, and of a source line only what is shown, so that a thousand problems in one line of 4 MB
/// cost no more than the line. Used by check, by the reload and, through it, by console and API.
/// </summary>
public sealed class PolicyReport
{
    /// <summary>A longer source line is cut to this many UTF-16 units around the caret.</summary>
    private const int MostShown = 160;

    /// <summary>The most bytes that so many units can come from, on either side of the caret.</summary>
    private const int MostBytes = MostShown * 3;

    private readonly string _file;
    private readonly ReadOnlyMemory<byte> _utf8;
    private readonly PolicySource _source;

    /// <param name="file">The name that each line begins with.</param>
    /// <param name="utf8">The file's bytes.</param>
    public PolicyReport(string file, ReadOnlyMemory<byte> utf8)
    {
        _file = file;
        _utf8 = PolicySource.WithoutMark(utf8);
        _source = new PolicySource(_utf8);
    }

    /// <summary>Bytes that were looked at to find the places: at most the file's length, for problems in the file's order.</summary>
    internal long Walked { get; private set; }

    /// <summary>One text for each problem, in their order. Problems in the file's order, as a reading has them, take one walk.</summary>
    public IReadOnlyList<string> Render(IEnumerable<PolicyProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        (int Line, int Column, int At) here = (1, 1, 0);
        var texts = new List<string>();
        foreach (var problem in problems)
        {
            if (problem.Line != here.Line || problem.Column < here.Column)
            {
                here = (problem.Line, 1, _source.Offset(problem.Line - 1, 0));
            }

            var at = _source.Forward(here.At, problem.Column - here.Column);
            Walked += at - here.At;
            here = (problem.Line, problem.Column, at);
            texts.Add(Render(problem, at));
        }

        return texts;
    }

    private string Render(PolicyProblem problem, int at)
    {
        var (start, end) = _source.Line(problem.Line - 1);
        var head = $"{_file}:{problem}";
        if (start >= end)
        {
            return head;
        }

        var before = Text(Math.Max(start, at - MostBytes), at);
        var after = Text(at, Math.Min(end, at + MostBytes));
        // Half of it on either side, or more on the left where the line ends.
        var left = Math.Min(before.Length, Math.Max(MostShown / 2, MostShown - after.Length));
        before = Shown(before[^left..]);
        after = Shown(after[..Math.Min(after.Length, MostShown - left)]);
        return $"{head}\n    {before}{after}\n    {new string(' ', before.Length)}^";
    }

    private string Text(int from, int to)
    {
        var span = _utf8.Span;
        while (from < to && (span[from] & 0xC0) == 0x80)
        {
            from++;
        }

        return Encoding.UTF8.GetString(span[from..to]);
    }

    /// <summary>Without half a pair at either end, where the cut went through one.</summary>
    private static string Shown(string text)
    {
        var from = text.Length > 0 && char.IsLowSurrogate(text[0]) ? 1 : 0;
        var to = text.Length > from && char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
        return Words.Visible(text[from..to].Replace('\t', ' '));
    }
}
