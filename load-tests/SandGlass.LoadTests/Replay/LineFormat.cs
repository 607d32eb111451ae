namespace SandGlass.LoadTests.Replay;

/// <summary>A format of logs that have a request a line.</summary>
internal abstract class LineFormat(string name)
{
    /// <summary>As it is told.</summary>
    public string Name => name;

    /// <summary>What is missing for anything to be read; null where nothing is.</summary>
    public virtual string? Lacks => null;

    /// <summary>A line's request; null where it has none.</summary>
    public abstract LogEntry? Parse(string line);

    /// <summary>Whether a line without a request belongs to the format.</summary>
    public virtual bool IsDirective(string line) => false;

    /// <summary>The one that fits a log's first lines: it reads most of them, and where none reads any it looks like them.</summary>
    public static LineFormat Of(IReadOnlyList<string> head)
    {
        if (head.Any(W3CFormat.NamesColumns))
        {
            return new W3CFormat();
        }

        LineFormat[] others = [new CombinedFormat(), new JsonFormat()];
        var best = others.MaxBy(f => head.Count(l => f.Parse(l) is not null))!;
        if (head.Any(l => best.Parse(l) is not null) || head.Count == 0)
        {
            return best;
        }

        return head[0].TrimStart() switch { ['#', ..] => new W3CFormat(), ['{', ..] => others[1], _ => others[0] };
    }
}
