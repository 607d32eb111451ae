using System.Globalization;
using System.Text;

namespace SandGlass.Policy;

/// <summary>How bad a problem is.</summary>
public enum Severity
{
    /// <summary>Legal, but unwise.</summary>
    Warning,

    /// <summary>The policy is not taken.</summary>
    Error,
}

/// <summary>One thing that is wrong with a policy: what, where, and in the message how to mend it. Lines and columns count from 1.</summary>
public sealed record PolicyProblem(Severity Severity, string Rule, string Pointer, int Line, int Column, string Message)
{
    /// <summary>A longer source line is cut to this many characters around the caret.</summary>
    private const int MostShown = 160;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}: {Kind} {Rule} {Words.Visible(Pointer)}: {Words.Visible(Message)}");

    /// <summary>The line for people: FILE:LINE:COLUMN, the message, the source line and a caret beneath the place.</summary>
    public string Render(string file, string sourceText)
    {
        string head = $"{file}:{this}";
        if (!TryLine(sourceText, out string line))
        {
            return head;
        }

        int at = Offset(line, Column - 1);
        int from = Math.Max(0, Math.Min(at - (MostShown / 2), line.Length - MostShown));
        int to = Math.Min(line.Length, from + MostShown);
        string before = Words.Visible(line[from..at].Replace('\t', ' '));
        string after = Words.Visible(line[at..to].Replace('\t', ' '));
        return $"{head}\n    {before}{after}\n    {new string(' ', before.Length)}^";
    }

    private string Kind => Severity == Severity.Error ? "error" : "warning";

    private bool TryLine(string text, out string line)
    {
        int start = text.StartsWith('\uFEFF') ? 1 : 0;
        for (int passed = 1; passed < Line; passed++)
        {
            start = text.IndexOf('\n', start) + 1;
            if (start == 0)
            {
                line = "";
                return false;
            }
        }

        int end = text.IndexOf('\n', start);
        line = text[start..(end < 0 ? text.Length : end)].TrimEnd('\r');
        return line.Length > 0;
    }

    /// <summary>Columns count characters, strings count UTF-16 units.</summary>
    private static int Offset(string line, int characters)
    {
        int at = 0;
        foreach (Rune rune in line.EnumerateRunes())
        {
            if (characters-- <= 0)
            {
                break;
            }

            at += rune.Utf16SequenceLength;
        }

        return Math.Min(at, line.Length);
    }
}
