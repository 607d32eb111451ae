namespace SandGlass.Policy;

/// <summary>The names a section defines, as a set to look them up in.</summary>
internal static class Names
{
    /// <summary>A dictionary's own keys: looked up by hash, also among 10,000.</summary>
    public static ICollection<string> Of<T>(IReadOnlyDictionary<string, T> section) => ((IDictionary<string, T>)section).Keys;
}
