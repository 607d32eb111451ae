namespace SandGlass.LoadTests.Processes;

/// <summary>Programs of the machine.</summary>
internal static class OnPath
{
    /// <summary>Where a program is, or null. Daemons of Debian stand in /usr/sbin, which not every user has on the PATH.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
