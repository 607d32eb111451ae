using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Tests.Planning;

public sealed class OpenPlanTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static double[] Arrivals(OpenPlan plan, Spacing spacing = Spacing.Even) => [.. plan.Arrivals(spacing, new Dice(5))];

    private static OpenPlan Plan(params Simulation[] simulations) => new(simulations, new Dice(3));

    [Fact]
    public void An_even_rate_is_even()
    {
        var arrivals = Arrivals(Plan(new Inject(50, Second, Seconds(30))));

        Assert.Equal(1_500, arrivals.Length);
        Assert.All(arrivals.Zip(arrivals.Skip(1)), pair => Assert.Equal(0.02, pair.Second - pair.First, 9));
    }

    [Fact]
    public void The_interval_is_what_the_rate_is_per()
    {
        Assert.Equal(840, Plan(new Inject(14, Second, Seconds(60))).Count);
        Assert.Equal(14, Plan(new Inject(14, Seconds(60), Seconds(60))).Count);
        Assert.Equal(5, Plan(new Inject(0.5, Second, Seconds(10))).Count);
    }

    [Fact]
    public void A_ramp_begins_where_the_last_one_ended_and_has_the_area_below_it()
    {
        var plan = Plan(
            new RampingInject(50, Second, Seconds(30)),
            new Inject(50, Second, Seconds(30)),
            new RampingInject(0, Second, Seconds(30)));

        Assert.Equal([750, 1_500, 750], plan.Counts);
        var arrivals = Arrivals(plan);
        Assert.Equal(3_000, arrivals.Length);
        // Half of the time of a ramp from nothing is a quarter of its arrivals.
        Assert.InRange(arrivals.Count(static a => a < 15), 187, 188);
        Assert.InRange(arrivals.Count(static a => a >= 75), 187, 188);
        Assert.Equal(arrivals.Order(), arrivals);
    }

    [Fact]
    public void A_pause_is_silent_and_a_ramp_after_it_begins_at_nothing()
    {
        var plan = Plan(new Inject(10, Second, Seconds(10)), new Pause(Seconds(5)), new RampingInject(10, Second, Seconds(10)));

        Assert.Equal([100, 0, 50], plan.Counts);
        Assert.DoesNotContain(Arrivals(plan), static a => a is >= 10 and < 15);
        Assert.Equal(25, plan.Seconds);
    }

    [Fact]
    public void A_random_rate_stays_in_its_bounds_each_interval_and_its_number_is_known_beforehand()
    {
        var plan = Plan(new InjectRandom(50, 70, Second, Seconds(30)));
        var arrivals = Arrivals(plan);

        Assert.Equal(plan.Count, arrivals.Length);
        int[] perSecond = [.. Enumerable.Range(0, 30).Select(s => arrivals.Count(a => a >= s && a < s + 1))];
        Assert.All(perSecond, static n => Assert.InRange(n, 49, 71));
        Assert.True(perSecond.Distinct().Count() > 5);
        Assert.Equal(plan.Count, Plan(new InjectRandom(50, 70, Second, Seconds(30))).Count);
    }

    [Fact]
    public void Rounding_does_not_add_up_over_many_short_intervals()
    {
        var plan = Plan(new InjectRandom(0.3, 0.3, Second, Seconds(1_000)));

        Assert.Equal(300, plan.Count);
    }

    [Fact]
    public void Iterations_end_it()
    {
        var plan = Plan(new IterationsForInject(100, Second, 1_000));

        Assert.Equal(1_000, Arrivals(plan).Length);
        Assert.Equal(10, plan.Seconds);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public void Strangers_come_as_many_as_planned_in_order_and_unevenly(double ramp)
    {
        var plan = Plan(new RampingInject(100, Second, Seconds(ramp)), new Inject(100, Second, Seconds(100)));
        var arrivals = Arrivals(plan, Spacing.Poisson);

        Assert.Equal(plan.Count, arrivals.Length);
        Assert.Equal(arrivals.Order(), arrivals);
        double[] gaps = [.. arrivals.Where(a => a >= ramp).ToArray() is var steady ? steady.Zip(steady.Skip(1), static (a, b) => b - a) : []];
        var mean = gaps.Average();
        var deviation = Math.Sqrt(gaps.Average(g => (g - mean) * (g - mean)));
        // Exponential gaps: the deviation is the mean.
        Assert.InRange(deviation / mean, 0.95, 1.05);
    }

    [Fact]
    public void A_part_of_the_load_is_that_part_of_the_rate()
    {
        Assert.Equal(1_200, Plan(new Inject(50, Second, Seconds(30)).Scale(0.8)).Count);
        Assert.Equal(600, Plan(new RampingInject(50, Second, Seconds(30)).Scale(0.8)).Count);
        Assert.Equal(240, Plan(new InjectRandom(10, 10, Second, Seconds(30)).Scale(0.8)).Count);
    }

    [Fact]
    public void Copies_ramp_whole_and_end_at_none()
    {
        var plan = new ClosedPlan([new RampingConstant(50, Seconds(30)), new KeepConstant(50, Seconds(30)), new RampingConstant(0, Seconds(30))]);

        Assert.Equal([0, 25, 50, 50, 25, 0], new[] { 0.0, 15, 30, 59.9, 75, 90 }.Select(plan.CopiesAt));
        Assert.Equal(50, plan.Most);
        Assert.Equal(90, plan.Seconds);
    }
}
