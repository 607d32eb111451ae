using System.Globalization;
using System.Text;

namespace SandGlass.Policy;

/// <summary>The wording of messages: quoting what a file says, and guessing what it meant.</summary>
internal static class Words
{
    private const int MostQuoted = 60;
    private const int MostListed = 16;

    /// <summary>A text in quotes, short, on one line and without anything that a terminal obeys.</summary>
    public static string Quote(string text) =>
        $"\"{Visible(text.Length > MostQuoted ? string.Concat(text.AsSpan(0, MostQuoted), "…") : text)}\"";

    /// <summary>Control, format (right-to-left marks) and surrogate characters as \uXXXX.</summary>
    public static string Visible(string text)
    {
        if (!text.Any(IsHidden))
        {
            return text;
        }

        var visible = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            if (pair)
            {
                visible.Append(text[i]).Append(text[++i]);
            }
            else if (IsHidden(text[i]))
            {
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                visible.Append(text[i]);
            }
        }

        return visible.ToString();
    }

    private static bool IsHidden(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;

    /// <summary>"; did you mean "timeout"?", or what there is to choose from.</summary>
    public static string Instead(string wrong, IEnumerable<string> known)
    {
        string[] all = [.. known];
        string? near = Nearest(wrong, all);
        return near is not null ? $"; did you mean {Quote(near)}?"
            : all.Length == 0 ? ""
            : $"; known here: {List(all)}";
    }

    public static string List(IReadOnlyCollection<string> words) =>
        string.Join(", ", words.Take(MostListed)) + (words.Count > MostListed ? $" and {words.Count - MostListed} more" : "");

    /// <summary>The word that was probably meant: two slips away at most, or begun alike.</summary>
    public static string? Nearest(string wrong, IEnumerable<string> known)
    {
        if (wrong.Length is < 2 or > 64)
        {
            return null;
        }

        string? best = null;
        int least = Math.Min(2, wrong.Length / 2) + 1;
        foreach (string word in known)
        {
            if (Math.Abs(word.Length - wrong.Length) < least && word.Length <= 64)
            {
                int slips = Slips(wrong.ToLowerInvariant(), word.ToLowerInvariant());
                if (slips < least)
                {
                    (best, least) = (word, slips);
                }
            }
        }

        return best ?? (wrong.Length < 3 ? null : known.FirstOrDefault(word =>
            word.StartsWith(wrong, StringComparison.OrdinalIgnoreCase)
            || (word.Length >= 3 && wrong.StartsWith(word, StringComparison.OrdinalIgnoreCase))));
    }

    /// <summary>Damerau-Levenshtein in its restricted form (optimal string alignment): insert, drop, change, swap neighbours.</summary>
    private static int Slips(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (int j = 0; j <= b.Length; j++)
        {
            cost[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(change, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], 1 + cost[i - 2, j - 2]);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
