using SandGlass.Algorithms.Balancing;

namespace SandGlass.Algorithms.Tests.Balancing;

public class LoadBalancingTests
{
    [Fact]
    public void Picks_nothing_from_nothing() => Assert.Equal(
        [-1, -1, -1, -1, -1],
        [LoadBalancing.PowerOfTwo([], 0.5), LoadBalancing.LeastRequests([], 3), LoadBalancing.RoundRobin(0, 3),
            LoadBalancing.Random(0, 0.5), LoadBalancing.First(0)]);

    [Fact]
    public void Picks_the_only_one() => Assert.Equal(
        [0, 0, 0, 0, 0],
        [LoadBalancing.PowerOfTwo([9], 0.5), LoadBalancing.LeastRequests([9], 3), LoadBalancing.RoundRobin(1, 3),
            LoadBalancing.Random(1, 0.999), LoadBalancing.First(1)]);

    [Fact]
    public void Power_of_two_draws_every_pair_alike_and_takes_the_less_loaded()
    {
        int[] inFlight = [3, 0, 2, 1], picked = new int[4];
        for (int i = 0; i < 1200; i++)
        {
            picked[LoadBalancing.PowerOfTwo(inFlight, i / 1200.0)]++;
        }

        // Of the 12 ordered pairs the least loaded wins 6, the next 4, then 2, and the most loaded none.
        Assert.Equal([0, 600, 200, 400], picked);
    }

    [Fact]
    public void Power_of_two_is_even_among_equals()
    {
        int[] picked = new int[3];
        for (int i = 0; i < 600; i++)
        {
            picked[LoadBalancing.PowerOfTwo([1, 1, 1], i / 600.0)]++;
        }

        Assert.Equal([200, 200, 200], picked);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 1)]
    [InlineData(-1, 3)]
    public void Least_requests_rotates_among_equals(long turn, int expected) =>
        Assert.Equal(expected, LoadBalancing.LeastRequests([5, 0, 2, 0], turn));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 1)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, 2)]
    public void Round_robin_survives_a_wrapped_counter(long turn, int expected) => Assert.Equal(expected, LoadBalancing.RoundRobin(3, turn));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.34, 1)]
    [InlineData(0.999999999999, 2)]
    [InlineData(1.0, 2)]
    public void Random_stays_within_the_count(double roll, int expected) => Assert.Equal(expected, LoadBalancing.Random(3, roll));
}
