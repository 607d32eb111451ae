using System.Text.Json;

namespace SandGlass.LoadTests.Replay;

/// <summary>Reads a log, whichever of the four formats it is in. A line that cannot be read is counted and left out, never a reason to stop.</summary>
internal static class LogReader
{
    /// <summary>A log's requests; the format is told by its first line.</summary>
    public static LogFile Read(TextReader text)
    {
        var first = text.ReadLine();
        while (first is not null && string.IsNullOrWhiteSpace(first))
        {
            first = text.ReadLine();
        }

        if (first is null)
        {
            return new("empty", [], 0, 0, 0, true);
        }

        var start = first.TrimStart('\uFEFF', ' ', '\t');
        if (start.StartsWith('{') && !IsWholeObject(start))
        {
            return Har(first + "\n" + text.ReadToEnd());
        }

        if (start.StartsWith('{') && start.Contains("\"entries\"", StringComparison.Ordinal) && start.Contains("\"log\"", StringComparison.Ordinal))
        {
            return Har(first + text.ReadToEnd());
        }

        if (start.StartsWith('{'))
        {
            return Lines("JSON lines", first, text, JsonLine.Parse);
        }

        if (start.StartsWith('#'))
        {
            var w3c = new W3CLine();
            return Lines("W3C extended", first, text, w3c.Parse, static line => line.StartsWith('#'));
        }

        return Lines("NCSA combined", first, text, CombinedLine.Parse);
    }

    private static bool IsWholeObject(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static LogFile Lines(string format, string? line, TextReader text, Func<string, LogEntry?> parse, Func<string, bool>? directive = null)
    {
        List<LogEntry> entries = [];
        var (number, malformed, firstMalformed) = (0, 0, 0);
        for (; line is not null; line = text.ReadLine())
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (parse(line) is { } entry)
            {
                entries.Add(entry);
            }
            else if (directive?.Invoke(line) != true)
            {
                malformed++;
                firstMalformed = firstMalformed == 0 ? number : firstMalformed;
            }
        }

        return Ordered(format, entries, malformed, firstMalformed);
    }

    private static LogFile Har(string json)
    {
        List<LogEntry> entries = [];
        var (number, malformed, first) = (0, 0, 0);
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowTrailingCommas = true });
            foreach (var entry in document.RootElement.GetProperty("log").GetProperty("entries").EnumerateArray())
            {
                number++;
                if (HarEntry.Parse(entry) is { } read)
                {
                    entries.Add(read);
                }
                else
                {
                    malformed++;
                    first = first == 0 ? number : first;
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            (malformed, first) = (malformed + 1, first == 0 ? 1 : first);
        }

        return Ordered("HAR", entries, malformed, first);
    }

    private static LogFile Ordered(string format, List<LogEntry> entries, int malformed, int first)
    {
        var outOfOrder = 0;
        var latest = double.NegativeInfinity;
        foreach (var entry in entries)
        {
            outOfOrder += entry.At < latest ? 1 : 0;
            latest = Math.Max(latest, entry.At);
        }

        // OrderBy is stable: equal seconds keep the order of the file.
        return new(format, [.. entries.OrderBy(static e => e.At)], malformed, first, outOfOrder, entries.TrueForAll(static e => e.At == Math.Floor(e.At)));
    }
}
