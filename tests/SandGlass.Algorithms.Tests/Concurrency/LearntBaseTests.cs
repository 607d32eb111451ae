using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class LearntBaseTests
{
    [Fact]
    public void Weighs_each_by_what_it_rests_on() => Assert.Equal(new(0.04, 100), LearntBase.Of([new(0.01, 25), new(0.05, 75)]));

    [Fact]
    public void Is_nothing_where_nobody_knows() => Assert.Equal(default, LearntBase.Of([]));

    [Fact]
    public void Leaves_nonsense_out() =>
        Assert.Equal(new(0.02, 7), LearntBase.Of([new(0.02, 7), new(double.NaN, 9), new(-1, 9), new(0, 9), new(1e9, 9), new(0.5, -9), new(0.5, int.MaxValue)]));
}
