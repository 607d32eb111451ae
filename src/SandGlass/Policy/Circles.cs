namespace SandGlass.Policy;

/// <summary>Finds references that lead back to where they began. Each step has at most one next, so one walk over all is enough.</summary>
internal static class Circles
{
    /// <summary>Tells each circle once, at the member that closes it in file order.</summary>
    public static void Find<T>(IReadOnlyDictionary<string, T> section, Func<T, string?> next, Action<string, string> tell)
    {
        var seenBy = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string start in section.Keys)
        {
            string? name = start;
            while (name is not null && section.TryGetValue(name, out T? one) && seenBy.TryAdd(name, start))
            {
                name = next(one);
            }

            if (name is not null && seenBy.GetValueOrDefault(name) == start)
            {
                tell(name, Walk(section, next, name));
            }
        }
    }

    private static string Walk<T>(IReadOnlyDictionary<string, T> section, Func<T, string?> next, string from)
    {
        const int MostTold = 6;
        var steps = new List<string> { from };
        for (string? name = next(section[from]); name is not null && name != from; name = next(section[name]))
        {
            steps.Add(name);
        }

        IEnumerable<string> told = steps.Count > MostTold ? [.. steps.Take(MostTold), "…", from] : [.. steps, from];
        return string.Join(" → ", told.Select(Words.Visible));
    }
}
