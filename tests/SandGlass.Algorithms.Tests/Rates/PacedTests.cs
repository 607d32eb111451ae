using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class PacedTests
{
    // One each 10 ticks, nobody waits longer than 25.
    private static readonly PacedPlan Plan = new(10, 25);

    [Fact]
    public void Gives_each_its_turn_and_refuses_who_would_wait_too_long()
    {
        (long Now, bool Admitted, long Wait, long RetryAfter)[] table =
        [
            (100, true, 0, 0),
            (100, true, 10, 0),
            (100, true, 20, 0),
            (100, false, 0, 5),
            (105, true, 25, 0),
            (140, true, 0, 0),
            (145, true, 5, 0),
        ];
        long next = Paced.Rested(Plan, 100);
        foreach (var row in table)
        {
            var answer = Paced.Decide(Plan, ref next, row.Now, 1);
            Assert.Equal((row.Admitted, row.Wait, row.RetryAfter), (answer.Admitted, answer.WaitTicks, answer.RetryAfterTicks));
        }
    }

    [Theory]
    [InlineData(1_500)]
    [InlineData(7_777)]
    [InlineData(250_000)]
    public void Keeps_its_rate_above_a_thousand_a_second(int perSecond)
    {
        const long Frequency = 1_000_000_000;
        var plan = new PacedPlan(Frequency / perSecond, Frequency / 100);
        var random = new Random(7);
        long next = Paced.Rested(plan, 0), now = 0, last = -1;
        int admitted = 0;
        while (now < 10 * Frequency)
        {
            now += random.Next((int)(Frequency / perSecond));
            var answer = Paced.Decide(plan, ref next, now, 1);
            if (answer.Admitted)
            {
                admitted++;
                Assert.True(now + answer.WaitTicks - last >= plan.Interval || last < 0);
                last = now + answer.WaitTicks;
            }
        }

        Assert.InRange(admitted, 9.99 * perSecond, (10.02 * perSecond) + 1);
    }
}
