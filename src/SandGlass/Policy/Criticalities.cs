namespace SandGlass.Policy;

/// <summary>The words of <see cref="Criticality"/>, as policies, headers and metrics write them.</summary>
public static class Criticalities
{
    private static readonly string[] All = ["sheddable", "sheddable-plus", "critical", "critical-plus"];

    /// <summary>The word.</summary>
    public static string Word(this Criticality criticality) => All[(int)criticality];

    /// <summary>What a word means; false for any other text.</summary>
    public static bool TryParse(string word, out Criticality criticality)
    {
        var found = Array.IndexOf(All, word);
        criticality = (Criticality)Math.Max(0, found);
        return found >= 0;
    }
}
