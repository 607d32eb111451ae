namespace SandGlass.Policy;

/// <summary>One difference between two policies. Values are whole here; <see cref="ToString"/> cuts them to a line.</summary>
/// <param name="Section">The section of the file: <c>routes</c>.</param>
/// <param name="Subject">Whose it is, in words: <c>route order</c>.</param>
/// <param name="Path">Which of its settings: <c>coalesce.ttl</c>; empty where the subject itself came or went.</param>
/// <param name="Before">The value as it was; null where there was none.</param>
/// <param name="After">The value as it is; null where there is none any more.</param>
public sealed record PolicyChange(string Section, string Subject, string Path, string? Before, string? After)
{
    private const int MostShown = 80;

    /// <summary>What left a list; null where the two are no lists or only their order changed.</summary>
    public IReadOnlyList<string>? Gone { get; init; }

    /// <summary>What came into a list; null as above.</summary>
    public IReadOnlyList<string>? Came { get; init; }

    /// <summary>"added", "removed" or "changed".</summary>
    public string Kind => Before is null ? "added" : After is null ? "removed" : "changed";

    /// <summary><c>route order: timeout 3s → 2s</c>.</summary>
    public override string ToString()
    {
        var where = Path.Length == 0 ? string.Empty : Path + " ";
        if (Gone is not null && Came is not null && Before!.Length + After!.Length > MostShown)
        {
            return $"{Subject}: {where}{Cut(string.Join(", ", Gone.Select(static g => "− " + g).Concat(Came.Select(static c => "+ " + c))), 0)}";
        }

        if (Before is not null && After is not null)
        {
            var from = FirstShown(Before, After);
            return $"{Subject}: {where}{Cut(Before, from)} → {Cut(After, from)}";
        }

        return Path.Length == 0 ? $"{Subject}: {Kind}" : $"{Subject}: {where}{Kind} ({Cut((Before ?? After)!, 0)})";
    }

    // Two long values that differ far behind: what they begin with alike is left out, lest both be cut to the same text.
    private static int FirstShown(string before, string after)
    {
        var alike = before.AsSpan().CommonPrefixLength(after);
        return alike < MostShown / 2 ? 0 : alike - (MostShown / 4);
    }

    private static string Cut(string text, int from)
    {
        var rest = text.AsSpan(Math.Min(from, text.Length));
        return $"{(from > 0 ? "…" : string.Empty)}{(rest.Length <= MostShown ? rest : rest[..MostShown])}{(rest.Length > MostShown ? "…" : string.Empty)}";
    }
}
