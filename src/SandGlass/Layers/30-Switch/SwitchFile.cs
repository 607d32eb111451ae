using System.Text.Json;
using SandGlass.Algorithms.Sharing;
using SandGlass.Hosting;

namespace SandGlass.Layers.Switch;

/// <summary>All switches' positions on the disk, also of those that the policy does not have just now. One file, written whole.</summary>
/// <param name="folder">Where it is.</param>
internal sealed class SwitchFile(StateFolder folder)
{
    private const string FileName = "switches.json";

    /// <summary>Puts it on the disk.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(IReadOnlyDictionary<string, Register<SwitchState.Position>> kept) => folder.Write(
        FileName,
        JsonSerializer.SerializeToUtf8Bytes(new SortedDictionary<string, SwitchRecord>(kept.ToDictionary(static k => k.Key, static k => SwitchRecord.Of(k.Value)), StringComparer.Ordinal), SwitchRecord.Json));

    /// <summary>What was kept; nothing where there is no file or it makes no sense.</summary>
    public Dictionary<string, Register<SwitchState.Position>> Read()
    {
        var read = new Dictionary<string, Register<SwitchState.Position>>(StringComparer.Ordinal);
        if (folder.TryRead(FileName) is not { } bytes)
        {
            return read;
        }

        try
        {
            foreach (var (id, record) in JsonSerializer.Deserialize<Dictionary<string, SwitchRecord?>>(bytes, SwitchRecord.Json) ?? [])
            {
                if (record?.Register() is { } register)
                {
                    read[id] = register;
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
        {
            folder.SetAside(FileName, fault.Message);
            read.Clear();
        }

        return read;
    }
}
