namespace SandGlass.Access;

/// <summary>
/// The file that lines are appended to, and the older ones: access.jsonl, access.1.jsonl the newest of them. It is opened for each piece, so whoever moves it
/// away (logrotate) need tell nobody. A piece that does not go in whole is taken out again, and a torn last line is closed first: every line is whole or not there.
/// </summary>
/// <param name="folder">Where.</param>
internal sealed class AccessFile(string folder)
{
    /// <summary>Appends whole lines.</summary>
    /// <param name="lines">Lines, the last with its line feed.</param>
    /// <param name="maxBytes">Size at which a new file is begun.</param>
    /// <param name="files">How many are kept, 1 or more.</param>
    /// <exception cref="IOException">They are not in it.</exception>
    /// <exception cref="UnauthorizedAccessException">They are not in it.</exception>
    public void Append(ReadOnlySpan<byte> lines, long maxBytes, int files)
    {
        if (new FileInfo(Name(0)) is { Exists: true, Length: > 0 and var length } && length + lines.Length > maxBytes)
        {
            BeginAnother(files);
        }

        using var file = Open();
        var before = file.Length;
        try
        {
            file.Seek(0, SeekOrigin.End);
            if (before > 0 && !EndsWithLineFeed(file))
            {
                file.Write("\n"u8);
            }

            file.Write(lines);
        }
        catch (IOException)
        {
            file.SetLength(before);
            throw;
        }
    }

    private FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            // Whoever ships logs is in the group; others have no business with who asked for what.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        }

        return new(Name(0), options);
    }

    private static bool EndsWithLineFeed(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    private void BeginAnother(int files)
    {
        // Also what an earlier policy that kept more has left.
        for (var old = files - 1; File.Exists(Name(old)); old++)
        {
            File.Delete(Name(old));
        }

        for (var old = files - 2; old >= 0; old--)
        {
            if (File.Exists(Name(old)))
            {
                File.Move(Name(old), Name(old + 1));
            }
        }
    }

    private string Name(int age) => Path.Combine(folder, age == 0 ? "access.jsonl" : $"access.{age}.jsonl");
}
