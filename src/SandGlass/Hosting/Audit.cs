using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandGlass.Hosting;

/// <summary>
/// Every change by a person is one line in <c>audit.jsonl</c>: when, who, from where, what, why, before and after.
/// </summary>
/// <param name="folder">Where it is.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Gets the lines that cannot be written.</param>
public sealed class Audit(StateFolder folder, TimeProvider time, ILogger log)
{
    private const string FileName = "audit.jsonl";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _writing = new();

    /// <summary>Raised with each line, whether the disk took it or not; handlers must be quick and may not throw.</summary>
    public event Action<JsonElement>? Written;

    /// <summary>
    /// Writes one line and sees it onto the disk. The change has been made by then, so a disk that takes no line is no failure of the
    /// change: the line goes to the log instead.
    /// </summary>
    /// <returns>Null, or what kept the line from the disk.</returns>
    public string? Write(string by, string from, string what, string why, object? before, object? after)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(new { at = time.GetLocalNow(), by, from, what, why, before, after }, Json);
        Tell(line);
        try
        {
            lock (_writing)
            {
                folder.AppendLine(FileName, line);
            }

            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogError("The change was made, but {File} in {Folder} cannot be written ({Fault}), so its line stands here: {Line}", FileName, folder.Path, fault.Message, Encoding.UTF8.GetString(line));
            return $"{FileName} cannot be written ({fault.Message})";
        }
    }

    private void Tell(byte[] line)
    {
        if (Written is { } listeners)
        {
            using var document = JsonDocument.Parse(line);
            listeners(document.RootElement.Clone());
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
