namespace SandGlass.Hosting;

/// <summary>
/// What must outlive the process. Written by write-fsync-rename, so that a kill at any moment leaves the old file or the new one; what
/// cannot be read is set aside with a warning, never a crash.
/// </summary>
public sealed class StateFolder
{
    private readonly ILogger _log;

    /// <summary>Opens the folder; makes it where it is missing.</summary>
    /// <exception cref="StartException">It cannot be written.</exception>
    public StateFolder(string path, ILogger log)
    {
        _log = log;
        Path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path);
            var probe = System.IO.Path.Combine(Path, $".probe-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            AtomicFile.Sweep(Path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartException(3, $"the state folder {Path} cannot be written ({fault.Message}); name another with --state");
        }
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The bytes of a file; null where there is none or it cannot be read.</summary>
    public byte[]? TryRead(string name)
    {
        try
        {
            return File.ReadAllBytes(Of(name));
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("{File} cannot be read and is not used: {Why}", Of(name), fault.Message);
            return null;
        }
    }

    /// <summary>Puts a file whole in the place of the old one.</summary>
    public void Write(string name, ReadOnlySpan<byte> bytes) => AtomicFile.Write(Of(name), bytes);

    /// <summary>Writes a secret that nobody else may read. Not in one step: a kill may leave a part of it.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public void WriteSecret(string name, ReadOnlySpan<byte> bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(Of(name), options);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Makes a folder in it, and removes what killed writers have left there.</summary>
    public void Ensure(string folder)
    {
        Directory.CreateDirectory(Of(folder));
        FolderSync.Flush(Path);
        AtomicFile.Sweep(Of(folder));
    }

    /// <summary>Removes a file, if it can.</summary>
    public void Delete(string name)
    {
        try
        {
            File.Delete(Of(name));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("{File} could not be removed: {Why}", Of(name), fault.Message);
        }
    }

    /// <summary>Appends one line and sees it onto the disk. A torn last line is closed first.</summary>
    public void AppendLine(string name, ReadOnlySpan<byte> line)
    {
        using var file = new FileStream(Of(name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var isNew = file.Length == 0;
        if (!isNew)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n');
            }
        }

        file.Write([.. line, (byte)'\n']);
        file.Flush(flushToDisk: true);
        if (isNew)
        {
            FolderSync.Flush(Path);
        }
    }

    /// <summary>Moves a file that makes no sense out of the way.</summary>
    public void SetAside(string name, string why)
    {
        var aside = Of(name) + ".unreadable";
        _log.LogWarning("{File} makes no sense ({Why}); it is kept as {Aside} and not used", Of(name), why, aside);
        try
        {
            File.Move(Of(name), aside, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("{File} could not be set aside: {Why}", Of(name), fault.Message);
        }
    }

    private string Of(string name) => System.IO.Path.Combine(Path, name);
}
