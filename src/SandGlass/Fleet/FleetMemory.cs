using System.Text.Json;
using SandGlass.Hosting;

namespace SandGlass.Fleet;

/// <summary>How large the fleet was, on the disk: a gateway that starts while Redis is away must not take itself for all of it.</summary>
/// <param name="folder">Where it is kept.</param>
public sealed class FleetMemory(StateFolder folder)
{
    private const string FileName = "fleet.json";

    private sealed record Known(string Name, int Members);

    private Known? _written;

    /// <summary>The last number known; 1 where nothing is.</summary>
    public int Read(string fleet)
    {
        if (folder.TryRead(FileName) is not { } bytes)
        {
            return 1;
        }

        try
        {
            _written = JsonSerializer.Deserialize<Known>(bytes, JsonSerializerOptions.Web);
            return _written is { Members: > 0 } known && known.Name == fleet ? known.Members : 1;
        }
        catch (JsonException fault)
        {
            folder.SetAside(FileName, fault.Message);
            return 1;
        }
    }

    /// <summary>Keeps it, if it is new. A disk that is full is no reason to stop.</summary>
    public void Keep(string fleet, int members)
    {
        var known = new Known(fleet, members);
        if (known == _written)
        {
            return;
        }

        try
        {
            folder.Write(FileName, JsonSerializer.SerializeToUtf8Bytes(known, JsonSerializerOptions.Web));
            _written = known;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next turn tries again.
        }
    }
}
