namespace SandGlass.Testing;

/// <summary>The source tree that the tests were built from.</summary>
public static class Tree
{
    /// <summary>Its root.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SandGlass.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not run inside the source tree");
        }

        return folder.FullName;
    }
}
