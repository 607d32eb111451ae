using System.Text.Json;
using SandGlass.Hosting;

namespace SandGlass.Policy;

/// <summary>
/// The last policies that were in force, kept whole in the state folder as <c>policies/REVISION.json</c>, with an index of when and why.
/// What falls out at the bound is the oldest.
/// </summary>
public sealed class PolicyHistory
{
    /// <summary>How many are kept.</summary>
    public const int Most = 50;

    private const string Folder = "policies";
    private const string Index = Folder + "/index.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lock _writing = new();
    private readonly StateFolder _state;
    private readonly TimeProvider _time;
    private List<Entry> _entries;

    /// <summary>Takes up what was kept.</summary>
    public PolicyHistory(StateFolder state, TimeProvider time)
    {
        _state = state;
        _time = time;
        state.Ensure(Folder);
        _entries = ReadIndex();
    }

    /// <summary>Newest first. A policy that came back stands once for each time it came.</summary>
    public IReadOnlyList<Entry> Entries
    {
        get
        {
            lock (_writing)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>Keeps a policy that has come into force; the same as the newest is not kept twice.</summary>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public void Keep(string revision, ReadOnlySpan<byte> bytes, string by, string reason)
    {
        lock (_writing)
        {
            if (_entries.Count > 0 && _entries[0].Revision == revision)
            {
                return;
            }

            // The policy before the index that names it: a kill in between leaves an unnamed file, never a name without one.
            _state.Write(FileOf(revision), bytes);
            List<Entry> entries = [new(revision, _time.GetLocalNow(), by, reason), .. _entries];
            var gone = entries.Skip(Most).Select(static e => e.Revision).Except(entries.Take(Most).Select(static e => e.Revision)).ToArray();
            entries = [.. entries.Take(Most)];
            _state.Write(Index, JsonSerializer.SerializeToUtf8Bytes(entries, Json));
            _entries = entries;
            foreach (var old in gone)
            {
                _state.Delete(FileOf(old));
            }
        }
    }

    /// <summary>The bytes of a kept policy; null where there is none, or its bytes are not its revision's any more.</summary>
    public byte[]? Find(string revision) =>
        Entries.Any(e => e.Revision == revision) && _state.TryRead(FileOf(revision)) is { } bytes && PolicyReader.Revision(bytes) == revision
            ? bytes : null;

    private static string FileOf(string revision) => $"{Folder}/{revision}.json";

    private List<Entry> ReadIndex()
    {
        if (_state.TryRead(Index) is not { } bytes)
        {
            return [];
        }

        try
        {
            return [.. (JsonSerializer.Deserialize<List<Entry?>>(bytes, Json) ?? []).OfType<Entry>().Where(static e => e.Revision is { Length: 12 }
                && e.Revision.All(char.IsAsciiHexDigitLower))];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
        {
            _state.SetAside(Index, fault.Message);
            return [];
        }
    }

    /// <summary>One policy that was in force.</summary>
    /// <param name="Revision">Its revision.</param>
    /// <param name="At">Since when, wall clock.</param>
    /// <param name="By">Who brought it: a name, or "file".</param>
    /// <param name="Reason">Why.</param>
    public sealed record Entry(string Revision, DateTimeOffset At, string By, string Reason);
}
