using SandGlass.Testing;

namespace SandGlass.Tests.Policy;

/// <summary>Files of the repository that tests read.</summary>
public static class Repository
{
    public static string Root => Tree.Root;

    public static string Config { get; } = Path.Combine(Root, "config");
}
