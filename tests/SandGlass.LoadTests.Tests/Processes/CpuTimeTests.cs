using System.Diagnostics;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Tests.Processes;

public sealed class CpuTimeTests
{
    [Fact]
    public void Reads_past_a_name_with_brackets_and_blanks() =>
        Assert.Equal((7, 10L + 20 + 3 + 4), CpuTime.Parse("42 (a) b (c d) S 7 42 42 0 -1 4194304 1 2 3 4 10 20 3 4 20 0 1 0 5 6 7"));

    [Theory]
    [InlineData("")]
    [InlineData("42 (x) S")]
    public void A_line_that_is_cut_off_tells_nothing(string line) => Assert.Null(CpuTime.Parse(line));

    [Fact]
    public void Counts_what_children_use()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has /proc");
        // The shell waits for a shell that counts: the work is the grandchild's.
        using var parent = Process.Start(new ProcessStartInfo("sh", ["-c", "sh -c 'i=0; while [ $i -lt 100000000 ]; do i=$((i+1)); done'; true"]))!;
        try
        {
            Assert.True(SpinWait.SpinUntil(() => CpuTime.OfTree(parent.Id) > TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60)), "nothing was counted");
        }
        finally
        {
            parent.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void Who_is_gone_has_no_time() => Assert.Null(CpuTime.OfTree(int.MaxValue));
}
