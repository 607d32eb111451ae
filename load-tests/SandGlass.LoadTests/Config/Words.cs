namespace SandGlass.LoadTests.Config;

/// <summary>Guesses what was meant.</summary>
internal static class Words
{
    /// <summary>"; did you mean …?", or what there is to choose from.</summary>
    public static string Instead(string wrong, IReadOnlyCollection<string> known) =>
        Nearest(wrong, known) is { } near ? $"; did you mean \"{near}\"?"
        : known.Count == 0 ? string.Empty
        : $"; known here: {string.Join(", ", known)}";

    /// <summary>The known word that is two slips away at most, or begins alike.</summary>
    public static string? Nearest(string wrong, IReadOnlyCollection<string> known)
    {
        if (wrong.Length is < 2 or > 64)
        {
            return null;
        }

        var best = known.MinBy(word => Slips(wrong.ToUpperInvariant(), word.ToUpperInvariant()));
        return best is not null && Slips(wrong.ToUpperInvariant(), best.ToUpperInvariant()) <= Math.Min(2, wrong.Length / 2)
            ? best
            : wrong.Length < 3 ? null : known.FirstOrDefault(word => word.StartsWith(wrong, StringComparison.OrdinalIgnoreCase)
                || (word.Length >= 3 && wrong.StartsWith(word, StringComparison.OrdinalIgnoreCase)));
    }

    // Optimal string alignment: insert, drop, change, swap neighbours.
    private static int Slips(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], 1 + cost[i - 2, j - 2]);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
