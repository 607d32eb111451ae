using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class FixedLimitTests
{
    [Theory]
    [InlineData(20, 2, 100, 20)]
    [InlineData(1, 2, 100, 2)]
    [InlineData(200, 2, 100, 100)]
    [InlineData(5, 8, 3, 8)]
    public void Stays_where_the_plan_puts_it_within_the_bounds(int initial, int min, int max, int expected)
    {
        var limit = new FixedLimit();
        var plan = new ConcurrencyPlan(initial, min, max);
        limit.Sample(plan, 0, 1000, 50, Outcome.Failure);
        Assert.Equal(expected, limit.Current(plan));
    }
}
