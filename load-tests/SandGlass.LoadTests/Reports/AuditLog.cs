using System.Text.Json;

namespace SandGlass.LoadTests.Reports;

/// <summary>What operators did while a run was on, from the gateway's <c>state/audit.jsonl</c>: one JSON object a line with at, by, what and why.</summary>
internal static class AuditLog
{
    // A picture with more is none.
    private const int Most = 200;

    /// <summary>A report with what its gateway's log says of the same time; where there is no log, a note.</summary>
    public static RunReport On(RunReport report, string? file)
    {
        if (file is null)
        {
            return report;
        }

        if (!File.Exists(file))
        {
            return report with { Notes = [.. report.Notes, $"there is no {file}: nothing was switched, or the log is elsewhere"] };
        }

        var marks = Read(File.ReadLines(file), report.Began.AddSeconds(report.WarmUpSeconds), report.Seconds);
        return report with { Marks = [.. marks.Take(Most)], Notes = marks.Count > Most ? [.. report.Notes, $"{marks.Count} lines of the audit log, of which {Most} are shown"] : report.Notes };
    }

    /// <summary>The marks, in order of time. Torn and foreign lines say nothing.</summary>
    /// <param name="lines">Of the log.</param>
    /// <param name="zero">When what is measured began.</param>
    /// <param name="seconds">How long it lasted.</param>
    public static IReadOnlyList<MarkReport> Read(IEnumerable<string> lines, DateTimeOffset zero, double seconds)
    {
        List<MarkReport> marks = [];
        foreach (var line in lines)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                var root = json.RootElement;
                var at = (root.GetProperty("at").GetDateTimeOffset() - zero).TotalSeconds;
                if (at >= 0 && at <= seconds && root.GetProperty("what").GetString() is { } what)
                {
                    var why = root.TryGetProperty("why", out var w) ? w.GetString() : null;
                    var by = root.TryGetProperty("by", out var b) ? b.GetString() : null;
                    marks.Add(new(at, what, $"{what}{(by is { Length: > 0 } ? $", by {by}" : string.Empty)}{(why is { Length: > 0 } ? $": {why}" : string.Empty)}"));
                }
            }
            catch (Exception fault) when (fault is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
            {
                // As the gateway itself reads it.
            }
        }

        return [.. marks.OrderBy(static m => m.At)];
    }
}
