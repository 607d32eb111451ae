namespace SandGlass.Hosting;

/// <summary>Write, flush to the disk, rename: a kill at any moment leaves the old file or the new one, never half of one.</summary>
internal static class AtomicFile
{
    /// <summary>Puts a file whole in the place of the old one, whose permissions it takes over.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var next = $"{path}.{Environment.ProcessId}.next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows() && File.Exists(path))
        {
            File.SetUnixFileMode(next, File.GetUnixFileMode(path));
        }

        File.Move(next, path, overwrite: true);
    }
}
