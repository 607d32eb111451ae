using SandGlass.Algorithms.Balancing;
using Xunit;

namespace SandGlass.Algorithms.Tests.Balancing;

public sealed class RecentFailuresTests
{
    private const long Second = 1009;

    // What came, one a tenth of a second ("x" a failure); seconds of rest after it; whether it is ill then.
    [Theory]
    [InlineData("", 0, false)]
    [InlineData("x", 0, false)]
    [InlineData("xx", 0, true)]
    [InlineData("xx", 1, true)]
    [InlineData("xx", 3, false)]
    [InlineData("xxxxxxxxxx", 10, true)]
    [InlineData("xxxxxxxxxx", 20, false)]
    [InlineData("xx...", 0, false)]
    [InlineData("x.x.x.x", 0, true)]
    [InlineData("x.x.x.x.", 0, false)]
    [InlineData("x..x..x..x..", 0, false)]
    [InlineData("xxxxx.....", 0, false)]
    public void Is_ill_while_failures_outweigh_what_goes_well(string came, double rest, bool ill)
    {
        var recent = new RecentFailures();
        long now = 5;
        foreach (char one in came)
        {
            recent.Report(one == 'x', now += Second / 10, Second);
        }

        Assert.Equal(ill, recent.IsIll(now + (long)(rest * Second), Second));
    }

    [Fact]
    public void Is_not_confused_by_a_clock_that_steps_back()
    {
        var recent = new RecentFailures();
        recent.Report(true, 1000 * Second, Second);
        recent.Report(true, 10 * Second, Second);

        Assert.True(recent.IsIll(20 * Second, Second));
        Assert.False(recent.IsIll(1100 * Second, Second));
    }
}
