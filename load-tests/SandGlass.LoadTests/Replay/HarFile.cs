using System.Text;
using System.Text.Json;

namespace SandGlass.LoadTests.Replay;

/// <summary>A browser's recording (HTTP Archive 1.2): one JSON document. Its entries are one client's. Of one that is cut off the whole entries are taken.</summary>
internal static class HarFile
{
    /// <summary>Characters: recordings hold the answers too, and this one is held in memory.</summary>
    public const int Longest = 256 << 20;

    public static LogFile Read(BoundedLines text)
    {
        var empty = new LogFile("HAR", [], 0, 0, 0, true);
        if (text.Rest(Longest) is not { } json)
        {
            return empty with { Note = $"a recording of more than {Longest >> 20} MB is not read; save it without the answers' contents" };
        }

        List<LogEntry> entries = [];
        var (number, malformed, first) = (0, 0, 0);
        string? note = null;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json.TrimStart('\uFEFF')), new() { AllowTrailingCommas = true });
            if (!FindEntries(ref reader))
            {
                return empty with { Note = "it has no list \"entries\" in its \"log\"" };
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                using var document = JsonDocument.ParseValue(ref reader);
                number++;
                if (Entry(document.RootElement) is { } entry)
                {
                    entries.Add(entry);
                }
                else
                {
                    malformed++;
                    first = first == 0 ? number : first;
                }
            }
        }
        catch (JsonException fault)
        {
            note = $"it is cut off or no JSON at line {fault.LineNumber + 1}";
        }

        var outOfOrder = entries.Zip(entries.Skip(1)).Count(static p => p.Second.At < p.First.At);
        note = text.Broken ?? note;
        return new("HAR", [.. entries.OrderBy(static e => e.At)], malformed, first, outOfOrder, entries.TrueForAll(static e => e.At == Math.Floor(e.At))) { Note = note };
    }

    private static bool FindEntries(ref Utf8JsonReader reader)
    {
        // The document's object, "log", its object; then its members.
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var log = reader.CurrentDepth == 1 && reader.ValueTextEquals("log");
            var entries = reader.CurrentDepth == 2 && reader.ValueTextEquals("entries");
            reader.Read();
            if (entries)
            {
                return reader.TokenType == JsonTokenType.StartArray;
            }

            if (!log)
            {
                reader.Skip();
            }
        }

        return false;
    }

    private static LogEntry? Entry(JsonElement entry)
    {
        try
        {
            var request = entry.GetProperty("request");
            var body = request.TryGetProperty("postData", out var post) && post.TryGetProperty("text", out var text) ? text.GetString() : null;
            return JsonFormat.Time(entry.GetProperty("startedDateTime")) is { } time
                ? Requests.Make(time, request.GetProperty("method").GetString(), request.GetProperty("url").GetString(), "har") is { } made ? made with { Body = body } : null
                : null;
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
