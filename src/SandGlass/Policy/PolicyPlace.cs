namespace SandGlass.Policy;

/// <summary>
/// What a policy may refer to outside itself: files below or beside it, environment variables, and today's date. Each list and each secret
/// is read once a reading: what was checked is what comes into force, whatever becomes of the file in between.
/// </summary>
public sealed class PolicyPlace(string baseDirectory, Func<string, string?> variable, TimeProvider time)
{
    private readonly Dictionary<(Type, object), object?> _read = [];

    /// <summary>Where relative paths begin.</summary>
    public string BaseDirectory => baseDirectory;

    /// <summary>Whose wall clock tells the age of what the policy names.</summary>
    public TimeProvider Time => time;

    /// <summary>A secret; null when it is not there.</summary>
    public string? Secret(SecretReference reference) => Once(reference, r => r.Resolve(baseDirectory, variable));

    /// <summary>The secret that a text of the policy refers to; null when it refers to none, or that is not there.</summary>
    public string? Secret(string written) => SecretReference.TryParse(written, out var reference) ? Secret(reference) : null;

    /// <summary>What a reader makes of a name: read the first time, and the same from then on.</summary>
    public T Once<TName, T>(TName name, Func<TName, T> read)
        where TName : notnull
    {
        ArgumentNullException.ThrowIfNull(read);
        var key = (typeof(T), (object)name);
        if (!_read.TryGetValue(key, out var known))
        {
            _read[key] = known = read(name);
        }

        return (T)known!;
    }

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
