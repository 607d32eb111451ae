using SandGlass.DemoShop;

namespace SandGlass.Commands;

/// <summary>
/// A demo beside others: a folder of its own with a copy of the example policy, in which the backends stand at the shop's own ports. Removed with it.
/// </summary>
internal sealed class DemoGround : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sandglass-demo-");

    /// <summary>Where the gateway keeps its state.</summary>
    public string State => Path.Combine(_folder.FullName, "state");

    /// <summary>Copies a policy, with all that it names in its folder, for a shop.</summary>
    /// <returns>The copy.</returns>
    public string Copy(string policy, Shop shop)
    {
        var (from, to) = (Path.GetDirectoryName(policy)!, Path.Combine(_folder.FullName, "config"));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var place = Path.Combine(to, Path.GetFileName(policy));
        var text = File.ReadAllText(policy);
        foreach (var (backend, address) in shop.Addresses)
        {
            text = text.Replace($"\"http://127.0.0.1:{ShopOptions.DefaultPorts[backend]}\"", $"\"http://127.0.0.1:{address.Port}\"", StringComparison.Ordinal);
        }

        File.WriteAllText(place, text);
        return place;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It lies among the temporary files, whose owner sweeps them.
        }
    }
}
