using SandGlass.Algorithms.Guarding;
using Xunit;

namespace SandGlass.Algorithms.Tests.Guarding;

public sealed class CutOffTests
{
    private static readonly double[] Loads = [.. Enumerable.Range(0, 201).Select(static i => i / 200.0)];

    [Fact]
    public void Turns_nobody_away_while_the_load_is_calm_and_bends_late()
    {
        Assert.All(Loads.Where(static l => l <= CutOff.Calm), static l => Assert.Equal(0, CutOff.At(l)));
        Assert.InRange(CutOff.At(0.85), 1, CutOff.Cohorts / 4);
        Assert.Equal(CutOff.Most, CutOff.At(1));
    }

    [Fact]
    public void Turns_away_more_with_more_load_and_never_fewer() =>
        Assert.All(Loads.Zip(Loads.Skip(1)), static pair => Assert.True(CutOff.At(pair.First) <= CutOff.At(pair.Second)));

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.PositiveInfinity, CutOff.Most)]
    public void Takes_nonsense_for_the_nearest_sense(double load, int cut) => Assert.Equal(cut, CutOff.At(load));

    [Fact]
    public void Never_turns_critical_plus_away() =>
        Assert.All(Loads, static load => Assert.True(CutOff.Admits(CutOff.At(load), 3, 0)));

    [Fact]
    public void Never_turns_away_the_more_critical_of_two_and_serves_the_less()
    {
        foreach (var cut in Loads.Select(CutOff.At))
        {
            for (var position = 0.0; position < 1; position += 0.01)
            {
                for (var criticality = 0; criticality < 3; criticality++)
                {
                    // Even the least fortunate client of the next class stands above the most fortunate of this one.
                    Assert.True(!CutOff.Admits(cut, criticality, position) || CutOff.Admits(cut, criticality + 1, 0));
                }
            }
        }
    }

    [Fact]
    public void Turns_away_the_same_clients_again_and_some_more_when_the_load_grows()
    {
        var (less, more) = (CutOff.At(0.9), CutOff.At(0.92));
        var positions = Enumerable.Range(0, 1_000).Select(static i => i / 1000.0).ToArray();

        Assert.All(positions.Where(p => !CutOff.Admits(less, 0, p)), p => Assert.False(CutOff.Admits(more, 0, p)));
        Assert.Contains(positions, p => !CutOff.Admits(less, 0, p));
        Assert.Contains(positions, p => CutOff.Admits(less, 0, p) && !CutOff.Admits(more, 0, p));
    }
}
