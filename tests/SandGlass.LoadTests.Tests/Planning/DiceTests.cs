using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Tests.Planning;

public sealed class DiceTests
{
    [Fact]
    public void The_same_seed_rolls_the_same_and_another_does_not()
    {
        var (a, b, c) = (Dice.Of(7, 1, 99), Dice.Of(7, 1, 99), Dice.Of(8, 1, 99));
        double[] first = [.. Enumerable.Range(0, 100).Select(_ => a.Roll())];

        Assert.Equal(first, Enumerable.Range(0, 100).Select(_ => b.Roll()));
        Assert.NotEqual(first, Enumerable.Range(0, 100).Select(_ => c.Roll()));
    }

    [Fact]
    public void First_rolls_of_following_journeys_are_spread_evenly()
    {
        var tenths = new int[10];
        for (var journey = 0; journey < 100_000; journey++)
        {
            var dice = Dice.Of(1, 0, journey);
            tenths[(int)(dice.Roll() * 10)]++;
        }

        // Five standard deviations of a binomial.
        Assert.All(tenths, count => Assert.InRange(count, 10_000 - 475, 10_000 + 475));
    }

    [Theory]
    [InlineData(0.8)]
    [InlineData(1.0)]
    [InlineData(1.1)]
    public void Zipf_gives_each_rank_the_share_of_its_law(double exponent)
    {
        const int Draws = 200_000;
        var zipf = new Zipf(1_000, exponent);
        var dice = new Dice(42);
        var counts = new int[1_000];
        for (var i = 0; i < Draws; i++)
        {
            counts[zipf.Rank(dice.Roll())]++;
        }

        var norm = Enumerable.Range(1, 1_000).Sum(k => Math.Pow(k, -exponent));
        foreach (var rank in new[] { 0, 1, 9, 99 })
        {
            var expected = Draws * Math.Pow(rank + 1, -exponent) / norm;
            Assert.InRange(counts[rank], expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)));
            Assert.Equal(expected / Draws, zipf.Share(rank), 9);
        }
    }

    [Fact]
    public void Zipf_stays_in_its_bounds_at_the_ends_of_the_roll()
    {
        var zipf = new Zipf(3, 1);

        Assert.Equal(0, zipf.Rank(0));
        Assert.Equal(2, zipf.Rank(1 - 1e-16));
        Assert.Equal(1, zipf.Rank(zipf.Share(0)));
    }
}
