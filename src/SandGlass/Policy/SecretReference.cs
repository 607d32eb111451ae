namespace SandGlass.Policy;

/// <summary>Where a secret is: "env:NAME" or "file:PATH". A policy never holds the secret itself, because policies are shown and kept.</summary>
public readonly record struct SecretReference(bool IsFile, string Name)
{
    public const string HowToWrite = "\"env:NAME\" or \"file:PATH\"";

    public static bool TryParse(string text, out SecretReference reference)
    {
        bool isFile = text.StartsWith("file:", StringComparison.Ordinal);
        reference = isFile ? new(true, text[5..]) : new(false, text.StartsWith("env:", StringComparison.Ordinal) ? text[4..] : "");
        return isFile
            ? reference.Name.Length > 0 && !reference.Name.Contains('\0')
            : reference.Name.Length > 0 && reference.Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }

    /// <summary>The secret, without white space around it; null when the variable or file is not there or empty.</summary>
    public string? Resolve(string baseDirectory, Func<string, string?> variable)
    {
        string? found;
        try
        {
            found = IsFile ? File.ReadAllText(Path.GetFullPath(Name, Path.GetFullPath(baseDirectory))) : variable(Name);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }

        found = found?.Trim();
        return string.IsNullOrEmpty(found) ? null : found;
    }
}
