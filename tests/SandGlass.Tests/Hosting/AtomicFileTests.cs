using System.Diagnostics;
using SandGlass.Hosting;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Hosting;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = TestFolder.New("atomic-");

    private string File => Path.Combine(_folder, "a.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Puts_a_shorter_file_whole_in_the_place_of_a_longer_one_and_leaves_nothing_beside_it()
    {
        AtomicFile.Write(File, "a longer one"u8);
        AtomicFile.Write(File, "short"u8);

        Assert.Equal("short", System.IO.File.ReadAllText(File));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Keeps_the_permissions_of_the_old_one()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes");
            return;
        }

        AtomicFile.Write(File, "old"u8);
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        AtomicFile.Write(File, "new"u8);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void Removes_what_dead_writers_left_but_not_what_living_ones_write_or_others_own()
    {
        using var living = Process.GetProcessById(1);
        string[] kept = [$"a.json.{living.Id}.next", "a.json.next", "a.json.x.next", $"b.json.{1 << 30}.next"];
        foreach (var name in (string[])[$"a.json.{1 << 30}.next", .. kept])
        {
            System.IO.File.WriteAllText(Path.Combine(_folder, name), "left");
        }

        AtomicFile.Write(File, "new"u8);

        Assert.Equal(kept.Append("a.json").Order(StringComparer.Ordinal), Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error_and_not_a_folder()
    {
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Path.Combine(_folder, "no", "a.json"), "x"u8));
        FolderSync.Flush(Path.Combine(_folder, "no"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }
}
