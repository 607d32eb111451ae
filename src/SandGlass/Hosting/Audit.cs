using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandGlass.Hosting;

/// <summary>
/// Every change by a person is one line in <c>audit.jsonl</c>: when, who, from where, what, why, before and after.
/// </summary>
/// <param name="folder">Where it is.</param>
/// <param name="time">The clock.</param>
public sealed class Audit(StateFolder folder, TimeProvider time)
{
    private const string FileName = "audit.jsonl";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _writing = new();

    /// <summary>Writes one line and sees it onto the disk.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Write(string by, string from, string what, string why, object? before, object? after)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(new { at = time.GetLocalNow(), by, from, what, why, before, after }, Json);
        lock (_writing)
        {
            folder.AppendLine(FileName, line);
        }
    }

    /// <summary>The last lines since a moment, oldest first; torn ones are left out.</summary>
    public IReadOnlyList<JsonElement> Since(DateTimeOffset since, int most)
    {
        var lines = new List<JsonElement>();
        var bytes = folder.TryRead(FileName) ?? [];
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            try
            {
                using var line = JsonDocument.Parse(bytes.AsMemory()[range]);
                if (line.RootElement.GetProperty("at").GetDateTimeOffset() >= since)
                {
                    lines.Add(line.RootElement.Clone());
                }
            }
            catch (Exception fault) when (fault is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
            {
                // A torn or foreign line says nothing.
            }
        }

        return lines.TakeLast(most).ToArray();
    }
}
