using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests;

public sealed class TestFolderTests
{
    [Fact]
    public void Forgives_what_may_not_be_deleted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only there is something that nobody, root neither, may delete");
        const string kept = "/proc/self";
        Assert.ThrowsAny<UnauthorizedAccessException>(static () => Directory.Delete(kept, recursive: true));

        TestFolder.Remove(kept);

        Assert.True(Directory.Exists(kept));
    }

    [Fact]
    public void Forgives_what_is_gone_already_and_deletes_the_rest()
    {
        var folder = TestFolder.New("forgiven-");
        File.WriteAllText(Path.Combine(folder, "one"), "1");

        TestFolder.Remove(folder);
        TestFolder.Remove(folder);

        Assert.False(Directory.Exists(folder));
    }
}
