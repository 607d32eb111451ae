using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class WarmUpTests
{
    private const long Second = 1_000_000;

    // 1,000/s, warm after 10 s.
    private static readonly WarmUpPlan Plan = new(Second / 1000, 10 * Second, 5 * Second / 1000);

    [Fact]
    public void Has_the_published_thresholds()
    {
        // T·c/(f − 1), + 2·T·c/(1 + f), (f − 1)/c over the difference.
        Assert.Equal(5_000, Plan.Warning);
        Assert.Equal(10_000, Plan.Most);
        Assert.Equal(2.0 * Plan.Interval / 5_000, Plan.Slope);
    }

    [Fact]
    public void Starts_at_a_third_of_the_rate_and_rises_to_all_of_it_within_its_period()
    {
        var state = WarmUp.Rested(Plan, 0);
        var perSecond = Enumerable.Range(0, 20).Select(second => Admitted(ref state, second, perMillisecond: 4)).ToArray();

        Assert.InRange(perSecond[0], 330, 400);
        Assert.All(perSecond.Zip(perSecond.Skip(1)), pair => Assert.True(pair.Second >= pair.First - 2));
        Assert.All(perSecond[11..], rate => Assert.InRange(rate, 995, 1005));
        // The area under the line: the whole warm-up lets half of the full rate through, by the formula.
        Assert.InRange(perSecond[..10].Sum(), 4_800, 5_300);
    }

    [Fact]
    public void Is_cold_again_after_a_rest_and_stays_warm_under_use()
    {
        var state = WarmUp.Rested(Plan, 0);
        for (int second = 0; second < 15; second++)
        {
            Admitted(ref state, second, perMillisecond: 4);
        }

        var warm = state;
        Assert.InRange(Admitted(ref warm, 15, perMillisecond: 4), 995, 1005);
        var rested = state;
        Assert.InRange(Admitted(ref rested, 40, perMillisecond: 4), 330, 400);
    }

    [Fact]
    public void Waiting_as_long_as_it_says_is_enough()
    {
        var random = new Random(5);
        var state = WarmUp.Rested(Plan, 0);
        long now = 0;
        for (int i = 0; i < 20_000; i++)
        {
            now += random.Next(2_000);
            long cost = 1 + random.Next(3);
            var answer = WarmUp.Decide(Plan, ref state, now, cost);
            var then = state;
            Assert.True(answer.Admitted || WarmUp.Decide(Plan, ref then, now + answer.RetryAfterTicks, cost).Admitted);
        }
    }

    [Fact]
    public void Gives_back_what_it_took_so_that_refusals_elsewhere_warm_nothing()
    {
        var random = new Random(9);
        var state = WarmUp.Rested(Plan, 0);
        long now = 0;
        for (int i = 0; i < 20_000; i++)
        {
            now += random.Next(2_000);
            long cost = 1 + random.Next(3);
            var taken = state;
            if (WarmUp.Decide(Plan, ref taken, now, cost).Admitted)
            {
                WarmUp.Refund(Plan, ref taken, now, cost);
                // Looked at with nothing asked, both stand where they stood.
                var before = state;
                Assert.Equal(WarmUp.Decide(Plan, ref before, now, 0).ResetTicks, WarmUp.Decide(Plan, ref taken, now, 0).ResetTicks, 2.0);
                // Where nothing is left, how little there was is not known any more: less than it took.
                Assert.InRange(before.Stored - taken.Stored, -1e-6, taken.Stored == 0 ? cost : 1e-6);
            }

            WarmUp.Decide(Plan, ref state, now, cost);
        }

        Assert.True(state.Stored < Plan.Most / 2);
    }

    private static int Admitted(ref WarmUpState state, int second, int perMillisecond)
    {
        int admitted = 0;
        for (long now = second * Second; now < (second + 1) * Second; now += Second / 1000 / perMillisecond)
        {
            admitted += WarmUp.Decide(Plan, ref state, now, 1).Admitted ? 1 : 0;
        }

        return admitted;
    }
}
