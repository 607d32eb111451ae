namespace SandGlass.Testing;

/// <summary>Folders for tests: all in one of this process, which goes when the process does, so that no test leaves anything behind.</summary>
public static class TestFolder
{
    private const string Memory = "/dev/shm";

    private static readonly Lazy<string> Root = new(static () =>
    {
        var root = Directory.CreateTempSubdirectory("sandglass-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove(root);
        return root;
    });

    /// <summary>Deletes a folder as far as that can be done: at the end of the process an exception would be the end of the whole run.</summary>
    public static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // A program that a test has started still writes, or what it has written may not be deleted; what is left is the system's to clear.
        }
    }

    /// <summary>A new and empty folder; its path.</summary>
    /// <param name="name">What it is for; part of its name.</param>
    public static string New(string name = "") => Directory.CreateDirectory(Path.Combine(Root.Value, name + Path.GetRandomFileName())).FullName;

    /// <summary>The same in memory, where the system has such a place: for tests that ask what is kept, not how long a disk takes. Whoever makes it deletes it.</summary>
    /// <param name="name">What it is for; part of its name.</param>
    public static string InMemory(string name) => Directory.Exists(Memory)
        ? Directory.CreateDirectory(Path.Combine(Memory, $"sandglass-{name}{Guid.NewGuid():N}")).FullName
        : New(name);
}
