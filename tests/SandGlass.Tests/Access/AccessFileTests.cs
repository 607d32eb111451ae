using System.Text;
using SandGlass.Access;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Access;

public sealed class AccessFileTests : IDisposable
{
    private readonly string _folder = TestFolder.New("access-");
    private readonly AccessFile _file;

    public AccessFileTests() => _file = new(_folder);

    private string Current => Path.Combine(_folder, "access.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Append(string lines, long maxBytes = 1 << 20, int files = 3) => _file.Append(Encoding.UTF8.GetBytes(lines), maxBytes, files);

    private string[] Files => [.. Directory.GetFiles(_folder).Select(static f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void Appends_to_what_is_there()
    {
        Append("{\"a\":1}\n");
        Append("{\"a\":2}\n{\"a\":3}\n");

        Assert.Equal(["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"], File.ReadAllLines(Current));
    }

    [Fact]
    public void Closes_a_line_that_a_power_cut_has_torn()
    {
        File.WriteAllText(Current, "{\"a\":1}\n{\"a\":");

        Append("{\"a\":3}\n");

        Assert.Equal(["{\"a\":1}", "{\"a\":", "{\"a\":3}"], File.ReadAllLines(Current));
    }

    [Fact]
    public void Begins_another_file_when_one_is_full_and_keeps_as_many_as_it_shall()
    {
        for (var line = 1; line <= 9; line++)
        {
            Append($"{{\"a\":{line}}}\n", maxBytes: 16);
        }

        Assert.Equal(["access.1.jsonl", "access.2.jsonl", "access.jsonl"], Files);
        Assert.Equal("{\"a\":9}\n", File.ReadAllText(Current));
        Assert.Equal("{\"a\":7}\n{\"a\":8}\n", File.ReadAllText(Path.Combine(_folder, "access.1.jsonl")));
        Assert.Equal("{\"a\":5}\n{\"a\":6}\n", File.ReadAllText(Path.Combine(_folder, "access.2.jsonl")));
    }

    [Fact]
    public void Removes_what_an_earlier_policy_kept_when_fewer_are_wanted()
    {
        for (var line = 1; line <= 9; line++)
        {
            Append($"{{\"a\":{line}}}\n", maxBytes: 8, files: 5);
        }

        Append("{\"a\":10}\n", maxBytes: 8, files: 1);

        Assert.Equal(["access.jsonl"], Files);
        Assert.Equal("{\"a\":10}\n", File.ReadAllText(Current));
    }

    [Fact]
    public void Goes_on_in_a_new_file_when_somebody_moved_it_away()
    {
        Append("{\"a\":1}\n");
        File.Move(Current, Path.Combine(_folder, "moved"));

        Append("{\"a\":2}\n");

        Assert.Equal("{\"a\":2}\n", File.ReadAllText(Current));
    }

    [Fact]
    public void Nobody_but_owner_and_group_may_read_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Append("{\"a\":1}\n");

        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(Current) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));
    }
}
