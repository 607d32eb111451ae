namespace SandGlass.Tests.Policy;

/// <summary>Files of the repository that tests read.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string Config { get; } = Path.Combine(Root, "config");

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "SandGlass.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
