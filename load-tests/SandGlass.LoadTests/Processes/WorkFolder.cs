namespace SandGlass.LoadTests.Processes;

/// <summary>A folder that is gone at the end.</summary>
internal sealed class WorkFolder : IDisposable
{
    public WorkFolder()
    {
        Path = Directory.CreateTempSubdirectory("sandglass-load-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // Others may pass: as root, nginx and HAProxy work as somebody else.
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    public string Path { get; }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Somebody still writes there; it lies where such things are swept.
        }
    }
}
