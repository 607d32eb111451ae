using System.Text.Json;
using SandGlass.Hosting;

namespace SandGlass.Events;

/// <summary>
/// What happened on the night, in order: what people did, from the audit; what the gateway saw, from a file of its own
/// (<c>timeline.jsonl</c>), so that both outlive a restart. The last <see cref="Most"/> are in memory; what falls out is still in the files.
/// </summary>
public sealed class Timeline
{
    /// <summary>Entries in memory, and the most that are kept of what the gateway saw.</summary>
    public const int Most = 1000;

    private const string FileName = "timeline.jsonl";

    // A line costs a flush to the disk, and a backend that dies opens many breakers at once: so many within ten seconds, then none until they are over.
    private const int MostLines = 50;

    private static readonly TimeSpan LinesPer = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lock _adding = new();
    private readonly StateFolder _folder;
    private readonly TimeProvider _time;
    private readonly List<TimelineEntry> _entries;
    private long _linesSince;
    private int _lines;
    private int _kept;

    /// <summary>Takes up what was kept, and follows the audit from then on.</summary>
    public Timeline(StateFolder folder, Audit audit, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(audit);
        (_folder, _time) = (folder, time);
        var seen = Read();
        _entries = [.. audit.Since(DateTimeOffset.MinValue, Most).Select(TimelineEntry.OfAudit).OfType<TimelineEntry>().Concat(seen).OrderBy(static e => e.At).TakeLast(Most)];
        if (seen.Count > Most)
        {
            Shorten(seen);
        }

        audit.Written += line =>
        {
            if (TimelineEntry.OfAudit(line) is { } entry)
            {
                Keep(entry);
            }
        };
    }

    /// <summary>Adds what the gateway saw. A disk that takes no line keeps it from outliving a restart, nothing else.</summary>
    public void Add(TimelineEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Keep(entry);
        lock (_adding)
        {
            if (_lines == 0 || _time.GetElapsedTime(_linesSince) > LinesPer)
            {
                (_linesSince, _lines) = (_time.GetTimestamp(), 0);
            }

            if (++_lines > MostLines)
            {
                return;
            }

            try
            {
                _folder.AppendLine(FileName, JsonSerializer.SerializeToUtf8Bytes(entry, Json));
                if (++_kept >= Most * 2)
                {
                    Shorten(Read());
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // Shown until the restart.
            }
        }
    }

    /// <summary>The last entries since a moment, oldest first.</summary>
    public IReadOnlyList<TimelineEntry> Since(DateTimeOffset since, int most)
    {
        lock (_adding)
        {
            return [.. _entries.Where(e => e.At >= since).TakeLast(most)];
        }
    }

    private void Keep(TimelineEntry entry)
    {
        lock (_adding)
        {
            _entries.Add(entry);
            if (_entries.Count > Most)
            {
                _entries.RemoveAt(0);
            }
        }
    }

    private void Shorten(List<TimelineEntry> all)
    {
        try
        {
            using var lines = new MemoryStream();
            foreach (var entry in all.TakeLast(Most))
            {
                JsonSerializer.Serialize(lines, entry, Json);
                lines.WriteByte((byte)'\n');
            }

            _folder.Write(FileName, lines.ToArray());
            _kept = Math.Min(all.Count, Most);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It stays long until the next try.
        }
    }

    // A torn or foreign line says nothing.
    private List<TimelineEntry> Read()
    {
        var all = new List<TimelineEntry>();
        var bytes = _folder.TryRead(FileName) ?? [];
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            try
            {
                if (JsonSerializer.Deserialize<TimelineEntry>(bytes.AsSpan()[range], Json) is { Kind: not null, Name: not null, What: not null } entry)
                {
                    all.Add(entry);
                }
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
            {
            }
        }

        _kept = all.Count;
        return all;
    }
}
