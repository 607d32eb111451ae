namespace SandGlass.Policy;

/// <summary>What a policy may refer to outside itself: files below or beside it, environment variables, and today's date.</summary>
internal sealed record PolicyPlace(string BaseDirectory, Func<string, string?> Variable, TimeProvider Time)
{
    /// <summary>The full path, or null when the text is no path at all (NUL, too long).</summary>
    public string? Resolve(string path)
    {
        try
        {
            return Path.GetFullPath(path, Path.GetFullPath(BaseDirectory));
        }
        catch (Exception unusable) when (unusable is ArgumentException or IOException or NotSupportedException)
        {
            return null;
        }
    }
}
