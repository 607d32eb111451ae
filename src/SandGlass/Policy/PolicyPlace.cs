using SandGlass.Layers.Trust;

namespace SandGlass.Policy;

/// <summary>
/// What a policy may refer to outside itself: files below or beside it, environment variables, and today's date. Each list and each secret
/// is read once a reading: what was checked is what comes into force, whatever becomes of the file in between.
/// </summary>
public sealed class PolicyPlace(string baseDirectory, Func<string, string?> variable, TimeProvider time)
{
    private readonly Dictionary<string, NetworkList> _networks = new(StringComparer.Ordinal);
    private readonly Dictionary<SecretReference, string?> _secrets = [];

    /// <summary>Where relative paths begin.</summary>
    public string BaseDirectory => baseDirectory;

    /// <summary>Whose wall clock tells the age of what the policy names.</summary>
    public TimeProvider Time => time;

    /// <summary>An entry of `edge.trustedProxies`.</summary>
    internal NetworkList Networks(string entry) =>
        _networks.TryGetValue(entry, out var read) ? read : _networks[entry] = TrustedNetworks.Read(entry, baseDirectory);

    /// <summary>A secret; null when it is not there.</summary>
    public string? Secret(SecretReference reference) =>
        _secrets.TryGetValue(reference, out var read) ? read : _secrets[reference] = reference.Resolve(baseDirectory, variable);

    /// <summary>The full path, or null when the text is no path at all (NUL, too long).</summary>
    public string? Resolve(string path)
    {
        try
        {
            return Path.GetFullPath(path, Path.GetFullPath(baseDirectory));
        }
        catch (Exception unusable) when (unusable is ArgumentException or IOException or NotSupportedException)
        {
            return null;
        }
    }
}
