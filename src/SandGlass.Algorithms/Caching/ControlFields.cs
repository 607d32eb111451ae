namespace SandGlass.Algorithms.Caching;

/// <summary>
/// Which of an answer's fields says how it is to be kept: the one that is meant for us, else the one for caches like us (RFC 9213), else
/// <c>Surrogate-Control</c>, else <c>Cache-Control</c>, which is for all.
/// </summary>
public static class ControlFields
{
    private const string Own = "SandGlass-Cache-Control", Caches = "CDN-Cache-Control", Surrogates = "Surrogate-Control", Everybody = "Cache-Control";

    private static readonly string[] All = [Own, Caches, Surrogates, Everybody];

    /// <summary>Their names, in that order.</summary>
    public static ReadOnlySpan<string> Names => All;

    /// <summary>Reads it; whether it was a targeted one, beside which <c>Expires</c> does not count.</summary>
    /// <typeparam name="T">The answer's head.</typeparam>
    /// <param name="head">The answer's head.</param>
    /// <param name="lines">The lines of one of its fields, as written; null: it has none.</param>
    /// <param name="control">What it says.</param>
    public static bool Read<T>(T head, Func<T, string, IEnumerable<string>?> lines, out CacheControl control)
    {
        ArgumentNullException.ThrowIfNull(lines);
        if ((Joined(head, lines, Own) is { } own && TargetedControl.TryRead(own, out control))
            || (Joined(head, lines, Caches) is { } caches && TargetedControl.TryRead(caches, out control))
            || (Joined(head, lines, Surrogates) is { } surrogates && SurrogateControl.TryRead(surrogates, out control)))
        {
            return true;
        }

        control = default;
        foreach (var line in lines(head, Everybody) ?? [])
        {
            control.Add(line);
        }

        return false;
    }

    private static string? Joined<T>(T head, Func<T, string, IEnumerable<string>?> lines, string name) => lines(head, name) is { } all ? string.Join(", ", all) : null;
}
