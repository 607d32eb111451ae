using SandGlass.Algorithms.Guarding;
using Xunit;

namespace SandGlass.Algorithms.Tests.Guarding;

public sealed class BusyProcessorTests
{
    [Theory]
    [InlineData(0.4, 5, 0.4)]
    [InlineData(0.75, 0, 0.75)]
    [InlineData(1, 0, 0.75)]
    [InlineData(1, 0.1, 0.75)]
    [InlineData(1, 0.2, 0.875)]
    [InlineData(1, 0.3, 1)]
    [InlineData(0.95, 0.3, 0.95)]
    [InlineData(7, 7, 1)]
    [InlineData(-1, 1, 0)]
    [InlineData(double.NaN, 1, 0)]
    [InlineData(1, double.NaN, 0.75)]
    public void Counts_a_busy_processor_as_far_as_work_waits_for_it(double cpu, double delay, double load) =>
        Assert.Equal(load, BusyProcessor.Load(cpu, delay), 9);

    [Fact]
    public void Never_turns_anybody_away_by_itself() =>
        Assert.All(Enumerable.Range(0, 101), static i => Assert.Equal(0, CutOff.At(BusyProcessor.Load(i / 100.0, BusyProcessor.NoneAt))));
}
