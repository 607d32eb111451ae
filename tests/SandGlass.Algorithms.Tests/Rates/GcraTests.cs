using FsCheck;
using FsCheck.Fluent;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class GcraTests
{
    // τ = 10, S = 30: a burst of three, then one every ten ticks.
    private static readonly GcraPlan Plan = new(10, 30);

    // now, cost → admitted, remaining, reset, retry after
    [Fact]
    public void Lets_exactly_the_burst_through_after_rest_and_then_the_rate()
    {
        (long Now, long Cost, RateAnswer Answer)[] table =
        [
            (100, 1, new(true, 2, 10, 0)),
            (100, 1, new(true, 1, 20, 0)),
            (100, 1, new(true, 0, 30, 0)),
            (100, 1, new(false, 0, 30, 10)),
            (109, 1, new(false, 0, 21, 1)),
            (110, 1, new(true, 0, 30, 0)),
            (115, 2, new(false, 0, 25, 15)),
            (130, 2, new(true, 0, 30, 0)),
            (130, 4, new(false, 0, 30, 30)),
            (160, 4, new(false, 3, 0, 1)),
            (160, 0, new(true, 3, 0, 0)),
            (155, 3, new(false, 2, 5, 5)),
            (160, 3, new(true, 0, 30, 0)),
            (500, -3, new(true, 3, 0, 0)),
            (500, long.MaxValue, new(false, 3, 0, 1)),
        ];
        long tat = long.MinValue;
        Assert.All(table, row => Assert.Equal(row.Answer, Gcra.Decide(Plan, ref tat, row.Now, row.Cost)));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1_000_000)]
    [InlineData(-5)]
    [InlineData(long.MaxValue - 1000)]
    public void Gives_one_burst_wherever_the_clock_stands(long now)
    {
        long tat = long.MinValue;
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => Gcra.Decide(Plan, ref tat, now, 1).Admitted));
    }

    [Fact]
    public void Gives_no_free_burst_when_the_clock_steps_back()
    {
        long tat = long.MinValue;
        Gcra.Decide(Plan, ref tat, 1000, 3);
        Assert.Equal(new RateAnswer(false, 0, 80, 60), Gcra.Decide(Plan, ref tat, 950, 1));
    }

    [Theory]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(long.MaxValue, -1)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MinValue, long.MaxValue)]
    public void Survives_the_ends_of_the_clock(long tat, long now)
    {
        RateAnswer answer = Gcra.Decide(new GcraPlan(long.MaxValue, long.MaxValue), ref tat, now, long.MaxValue);
        Assert.True(answer.ResetTicks >= 0 && answer.RetryAfterTicks >= 0);
        Gcra.Refund(Plan, ref tat, now: 0, cost: long.MaxValue);
        Gcra.Refund(Plan, ref tat, now: 0, cost: long.MaxValue);
        Assert.True(Gcra.Decide(Plan, ref tat, 0, 1).Admitted);
    }

    [Fact]
    public void A_refund_gives_tokens_back_and_never_more_than_the_burst()
    {
        long tat = long.MinValue;
        Gcra.Decide(Plan, ref tat, 100, 3);
        Gcra.Refund(Plan, ref tat, now: 0, cost: 1);
        Assert.Equal(new RateAnswer(true, 0, 30, 0), Gcra.Decide(Plan, ref tat, 100, 1));
        Gcra.Refund(Plan, ref tat, now: 0, cost: 1000);
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => Gcra.Decide(Plan, ref tat, 100, 1).Admitted));
    }

    [Fact]
    public void Decides_as_a_leaky_bucket_that_is_kept_step_by_step()
    {
        Gen<(int Step, int Cost)> call = Gen.Choose(0, 40).SelectMany(step => Gen.Choose(0, 4).Select(cost => (step, cost)));
        var cases =
            from interval in Gen.Choose(1, 20)
            from burst in Gen.Choose(1, 6)
            from calls in call.ListOf(60)
            select (interval, burst, calls);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20261111, 7), Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var plan = new GcraPlan(c.interval, c.interval * c.burst);
            long tat = long.MinValue, now = -300, level = 0;
            foreach ((int step, int cost) in c.calls)
            {
                now += step;
                level = Math.Max(0, level - step);
                bool fits = level + (c.interval * cost) <= plan.BurstTolerance;
                level += fits ? c.interval * cost : 0;
                RateAnswer answer = Gcra.Decide(plan, ref tat, now, cost);
                if (answer.Admitted != fits || answer.ResetTicks != level || answer.Remaining != (plan.BurstTolerance - level) / c.interval)
                {
                    return false;
                }

                // What it promises holds: one tick before the retry time no, at it yes.
                long early = tat, late = tat;
                if (!fits && cost <= c.burst
                    && (Gcra.Decide(plan, ref early, now + answer.RetryAfterTicks - 1, cost).Admitted
                        || !Gcra.Decide(plan, ref late, now + answer.RetryAfterTicks, cost).Admitted))
                {
                    return false;
                }
            }

            return true;
        }));
    }

    [Fact]
    public void Keeps_the_debt_through_a_reload_that_changes_rate_and_burst()
    {
        var plans =
            from interval in Gen.Choose(1, 20)
            from burst in Gen.Choose(1, 6)
            select new GcraPlan(interval, interval * burst);
        var cases =
            from before in plans
            from after in plans
            from steps in Gen.Choose(0, 15).ListOf(40)
            from pause in Gen.Choose(0, 100)
            select (before, after, steps, pause);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20261111, 9), Prop.ForAll(cases.ToArbitrary(), c =>
        {
            long tat = long.MinValue, now = 0;
            foreach (int step in c.steps)
            {
                now += step;
                Gcra.Decide(c.before, ref tat, now, 1);
            }

            // What is owed is time, and no reload makes it more or less; what it means in tokens is the new plan's.
            now += c.pause;
            long debt = Gcra.Decide(c.before, ref tat, now, 0).ResetTicks, kept = tat;
            RateAnswer seen = Gcra.Decide(c.after, ref tat, now, 0);
            RateAnswer next = Gcra.Decide(c.after, ref tat, now, 1);
            return tat >= kept && seen.ResetTicks == debt
                && seen.Remaining == Math.Max(0, c.after.BurstTolerance - debt) / c.after.EmissionInterval
                && next.Admitted == debt + c.after.EmissionInterval <= c.after.BurstTolerance;
        }));
    }
}
