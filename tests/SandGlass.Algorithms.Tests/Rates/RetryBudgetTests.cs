using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class RetryBudgetTests
{
    private const long Second = 3_579_545;

    [Fact]
    public void Begins_full_and_gives_ten_a_second()
    {
        var budget = new RetryBudget();
        Assert.Equal(50, Take(budget, 1000, 0));
        Assert.Equal(0, Take(budget, 10, Second / 100));
        Assert.Equal(10, Take(budget, 1000, Second + (Second / 100)));
        Assert.Equal(50, Take(budget, 1000, 1000 * Second));
    }

    [Fact]
    public void Requests_pay_by_the_ratio()
    {
        var budget = new RetryBudget();
        Take(budget, 50, 0);
        for (int i = 0; i < 100; i++)
        {
            budget.Deposit(0.1);
        }

        Assert.Equal(10, Take(budget, 1000, 0));
    }

    [Fact]
    public void Saves_no_more_than_fifty()
    {
        var budget = new RetryBudget();
        for (int i = 0; i < 100_000; i++)
        {
            budget.Deposit(1);
        }

        Assert.Equal(50, Take(budget, 1000, 0));
    }

    // Whatever the mix, attempts never exceed 50 + ratio × requests + 10/s × time.
    [Fact]
    public void Never_gives_more_than_the_formula()
    {
        var random = new Random(7);
        var budget = new RetryBudget();
        long now = 123;
        int taken = 0, requests = 0;
        for (int i = 0; i < 200_000; i++)
        {
            now += random.Next(0, 4000);
            requests++;
            budget.Deposit(0.1);
            taken += random.Next(4) == 0 && budget.TryTake(now, Second) ? 1 : 0;
            Assert.True(taken <= 50 + (0.1 * requests) + (10.0 * (now - 123) / Second) + 0.001);
        }

        Assert.InRange(taken, 20_000, 200_000);
    }

    [Fact]
    public void Many_threads_take_no_more_than_there_is()
    {
        var budget = new RetryBudget();
        int taken = 0;
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 1000; i++)
            {
                budget.Deposit(0.1);
                if (budget.TryTake(0, Second))
                {
                    Interlocked.Increment(ref taken);
                }
            }
        });

        Assert.InRange(taken, 100, 450);
    }

    private static int Take(RetryBudget budget, int tries, long now) => Enumerable.Range(0, tries).Count(_ => budget.TryTake(now, Second));
}
