using SandGlass.Algorithms.Rates;
using Xunit;

namespace SandGlass.Algorithms.Tests.Rates;

public sealed class SeldomTests
{
    [Fact]
    public void Lets_the_first_pass_and_the_next_after_the_pause()
    {
        var seldom = new Seldom();

        Assert.Equal(
            [true, false, false, true, false, true],
            new long[] { -5, -4, 4, 5, 14, 15 }.Select(now => seldom.TryPass(now, 10)));
    }

    [Fact]
    public void Of_many_at_once_one_passes()
    {
        var seldom = new Seldom();
        var passed = 0;
        Parallel.For(0, 1000, _ => Interlocked.Add(ref passed, seldom.TryPass(7, 10) ? 1 : 0));

        Assert.Equal(1, passed);
    }
}
