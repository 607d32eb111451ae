using System.Diagnostics;
using System.Globalization;

namespace SandGlass.Hosting;

/// <summary>
/// Write, flush to the disk, rename, flush the folder: a kill or a power cut at any moment leaves the old file or the new one, never half
/// of one; and what has returned stays.
/// </summary>
internal static class AtomicFile
{
    private const string Suffix = ".next";

    /// <summary>Puts a file whole in the place of the old one, whose permissions it takes over.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var next = $"{path}.{Environment.ProcessId}{Suffix}";
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
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        FolderSync.Flush(folder);
        Sweep(folder, Path.GetFileName(path) + ".*" + Suffix);
    }

    /// <summary>Removes what writers have left that were killed before their rename.</summary>
    public static void Sweep(string folder, string pattern = "*" + Suffix)
    {
        try
        {
            foreach (var left in Directory.EnumerateFiles(folder, pattern))
            {
                var name = Path.GetFileNameWithoutExtension(left);
                if (int.TryParse(name.AsSpan(name.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var writer) && IsGone(writer))
                {
                    File.Delete(left);
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It takes room and does no harm; the next write tries again.
        }
    }

    // Our own number may be an earlier process's, as in a container, where all are 1: Write takes that one's file over.
    private static bool IsGone(int writer)
    {
        try
        {
            using var process = Process.GetProcessById(writer);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Exception fault) when (fault is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
