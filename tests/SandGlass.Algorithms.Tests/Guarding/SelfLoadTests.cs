using SandGlass.Algorithms.Guarding;
using Xunit;

namespace SandGlass.Algorithms.Tests.Guarding;

public sealed class SelfLoadTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.74)]
    public void Lets_a_spike_of_one_reading_pass_without_a_refusal(double before)
    {
        var load = Steady(before);
        var cuts = new[] { 1, before, before, before }.Select(r => CutOff.At(load.Next(r, 0.1)));

        Assert.All(cuts, static c => Assert.Equal(0, c));
    }

    [Fact]
    public void Acts_on_a_real_overload_within_half_a_second()
    {
        var load = Steady(0.4);
        for (var i = 0; i < 5; i++)
        {
            load.Next(1, 0.1);
        }

        Assert.True(CutOff.At(load.Now) > CutOff.Cohorts, $"at {load.Now}");
    }

    [Fact]
    public void Lets_go_when_relief_lasts_and_not_at_the_first_calm_reading()
    {
        var load = Steady(1);
        load.Next(0.2, 0.1);
        load.Next(0.2, 0.1);
        Assert.True(CutOff.At(load.Now) > CutOff.Cohorts);
        for (var i = 0; i < 10; i++)
        {
            load.Next(0.2, 0.1);
        }

        Assert.Equal(0, CutOff.At(load.Now));
    }

    [Fact]
    public void Does_not_swing_with_readings_that_swing()
    {
        var load = Steady(1);
        var cuts = Enumerable.Range(0, 100).Select(i => load.Next(i % 4 < 2 ? 1 : 0.7, 0.1)).ToArray();

        // The readings swing by 0.3, every 200 ms; the load by less than a fifth of it.
        Assert.True(cuts.Skip(20).Max() - cuts.Skip(20).Min() < 0.06, $"{cuts.Skip(20).Min()} to {cuts.Skip(20).Max()}");
    }

    [Fact]
    public void Stays_between_nothing_and_all_whatever_it_is_told()
    {
        var load = default(SelfLoad);
        foreach (var reading in new[] { double.NaN, double.PositiveInfinity, -5, double.NegativeInfinity, 7, 7, 7 })
        {
            Assert.InRange(load.Next(reading, 0.1), 0, 1);
        }
    }

    private static SelfLoad Steady(double at)
    {
        var load = default(SelfLoad);
        for (var i = 0; i < 200; i++)
        {
            load.Next(at, 0.1);
        }

        return load;
    }
}
