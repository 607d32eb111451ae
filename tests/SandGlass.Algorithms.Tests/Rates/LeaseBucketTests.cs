using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public sealed class LeaseBucketTests
{
    private const long Second = LeaseFleet.Second;

    /// <summary>100/s and a burst of 20 for two gateways.</summary>
    private static LeasePlan Plan => new(Second / 100, Second / 5, 2, Second * 15 / 100);

    [Theory]
    [InlineData("all alike, twice the limit", new double[] { 200, 200, 200, 200 })]
    [InlineData("all alike, ten times the limit", new double[] { 1000, 1000, 1000, 1000 })]
    [InlineData("one has nearly all", new double[] { 1000, 20, 20, 20 })]
    [InlineData("one has all", new double[] { 1000, 0, 0, 0 })]
    [InlineData("eight, from little to much", new double[] { 5, 10, 20, 40, 80, 160, 320, 640 })]
    [InlineData("just above the limit, on one side", new double[] { 390, 15 })]
    public void Admits_the_rate_however_the_load_is_spread(string what, double[] loads)
    {
        var fleet = new LeaseFleet(400, 20, loads);
        fleet.Run(2);
        double ideal = Math.Min(400, loads.Sum());

        for (int window = 0; window < 3; window++)
        {
            Assert.True(fleet.Run(10) is var admitted && admitted >= ideal * 10 * 0.98 && admitted <= ideal * 10 * 1.01, $"{what}: {admitted} in 10 s");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(16)]
    public void Admits_from_rest_never_more_than_its_bound(int gateways)
    {
        const double burst = 400;
        var fleet = new LeaseFleet(400, burst, [.. Enumerable.Repeat(4000.0, gateways)]);
        double bound = burst + ((gateways - 1) * burst / gateways) + (400 * 0.1) + (gateways * fleet.Plan.MostLease / LeasePlan.Unit);
        double admitted = 0;

        for (int tenth = 1; tenth <= 50; tenth++)
        {
            admitted += fleet.Run(0.1);
            Assert.InRange(admitted, 0, (400 * tenth * 0.1) + bound);
        }
    }

    [Fact]
    public void Goes_on_with_its_share_of_the_rate_when_nobody_answers_and_converges_after()
    {
        var fleet = new LeaseFleet(400, 20, 1000, 1000, 1000, 1000);
        fleet.Run(5);
        fleet.IsUp = false;

        Assert.InRange(fleet.Run(10), 3900, 4100);
        fleet.IsUp = true;
        Assert.InRange(fleet.Run(1), 340, 400 + 20 + 40);
        Assert.InRange(fleet.Run(10), 3920, 4040);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Gives_nobody_the_burst_once_more_because_the_centre_was_away(int gateways)
    {
        const double burst = 200;
        var fleet = new LeaseFleet(400, burst, [.. Enumerable.Repeat(1000.0, gateways)]);
        fleet.Run(5);
        fleet.IsUp = false;
        fleet.Run(15);
        fleet.IsUp = true;

        // All were in debt to the last token throughout; what is lent ahead comes on top.
        Assert.InRange(fleet.Run(2), 780, 800 + 40);
    }

    [Fact]
    public void Gives_one_that_is_alone_with_the_load_no_more_than_its_share_while_nobody_answers()
    {
        var fleet = new LeaseFleet(400, 20, 1000, 0, 0, 0);
        fleet.Run(5);
        fleet.IsUp = false;
        fleet.Run(1);

        Assert.InRange(fleet.Run(10), 990, 1010);
    }

    [Fact]
    public void Loses_a_burst_at_most_when_the_centre_forgets_all()
    {
        var fleet = new LeaseFleet(400, 20, 1000, 1000);
        fleet.Run(5);
        fleet.Flush();

        Assert.InRange(fleet.Run(10), 3920, 4000 + 20 + 40);
    }

    [Theory]
    [InlineData(new double[] { 1000, 1000, 1000, 1000 })]
    [InlineData(new double[] { 1000, 150, 150, 150 })]
    public void A_gateway_that_dies_loses_its_lease_and_nothing_else(double[] loads)
    {
        var fleet = new LeaseFleet(400, 20, loads);
        fleet.Run(5);
        // Just after it has been given one.
        double lost = 0;
        for (int i = 0; i < 1000 && lost < 1; i++)
        {
            fleet.Run(0.0005);
            lost = fleet.LeftOf(0);
        }

        Assert.InRange(lost, 1, (double)fleet.Plan.MostLease / LeasePlan.Unit);
        fleet.Die(0);
        double possible = Math.Min(400, loads[1..].Sum()) * 10;

        // The dead still count as a member for seconds; the others need no share of it, they lease.
        Assert.InRange(fleet.Run(10), (possible * 0.99) - lost, possible + 20 + 40);
    }

    [Fact]
    public void Follows_the_load_from_one_gateway_to_another()
    {
        var fleet = new LeaseFleet(400, 20, 1000, 0, 0, 0);
        fleet.Run(5);
        fleet.Load(0, 0);
        fleet.Load(3, 1000);
        fleet.Run(1);

        Assert.InRange(fleet.Run(10), 3920, 4040);
    }

    [Fact]
    public void Admits_one_request_at_rest_where_its_share_of_the_burst_is_less()
    {
        var plan = Plan with { BurstTolerance = Plan.EmissionInterval, Members = 8 };
        var bucket = new LeaseBucket(0);

        Assert.True(bucket.Take(plan, 1, 5, 1).Admitted);
        Assert.False(bucket.Take(plan, 1, 6, 1).Admitted);
    }

    [Fact]
    public void Remembers_a_denial_until_the_centre_has_room_again()
    {
        var bucket = new LeaseBucket(0);
        bucket.Answered(Plan, 0, 0, Second / 5);

        Assert.Equal(Plan.ShareTicks(LeasePlan.Unit), bucket.Take(Plan, 1, 0, 1).RetryAfterTicks);
        Assert.False(bucket.HasRested((Second / 5) - 1));
        Assert.True(bucket.HasRested(Second / 5));
        Assert.True(bucket.Take(Plan, 1, Plan.ShareTicks(LeasePlan.Unit), 1).Admitted);
    }

    [Fact]
    public void Takes_the_lease_first_and_tells_only_what_the_share_has_admitted()
    {
        var bucket = new LeaseBucket(0);
        bucket.Answered(Plan, 0, 3 * LeasePlan.Unit, 0);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(bucket.Take(Plan, 1, 10, 1).Admitted);
        }

        Assert.Equal((2 * LeasePlan.Unit, 10L), (bucket.Ask(Plan, 20) is var ask ? ask.Charge : 0, ask.Since));
        bucket.Unanswered(ask);
        Assert.Equal(ask.Charge, bucket.Ask(Plan, 30).Charge);
    }

    [Fact]
    public void Gives_back_what_is_not_needed_any_more()
    {
        var bucket = new LeaseBucket(0);
        bucket.Answered(Plan, 0, 9 * LeasePlan.Unit, 0);

        Assert.Equal(9 * LeasePlan.Unit, bucket.Ask(Plan, Second).GiveBack);
        Assert.Equal(0, bucket.Left);
    }

    [Fact]
    public void Gives_back_what_it_has_charged_wrongly()
    {
        var bucket = new LeaseBucket(0);
        var before = bucket.Peek(Plan, 1, 0, 1);
        bucket.Take(Plan, 1, 0, 4);
        bucket.Refund(Plan, 1, 4);

        Assert.Equal(before, bucket.Peek(Plan, 1, 0, 1));
        Assert.Equal(0, bucket.Ask(Plan, 1).Charge);
    }

    [Fact]
    public void Costs_twice_as_much_where_a_switch_halves_the_rate()
    {
        var bucket = new LeaseBucket(0);
        bucket.Take(Plan, 0.5, 0, 1);

        Assert.Equal(2 * LeasePlan.Unit, bucket.Ask(Plan, 1).Charge);
    }

    [Fact]
    public void Says_of_a_peek_what_a_take_would_say()
    {
        var bucket = new LeaseBucket(0);
        bucket.Answered(Plan, 0, 2 * LeasePlan.Unit, Second / 10);
        for (int i = 0; i < 30; i++)
        {
            RateAnswer peeked = bucket.Peek(Plan, 1, i, 1);
            Assert.Equal(peeked, bucket.Take(Plan, 1, i, 1));
        }
    }

    [Fact]
    public void Allocates_nothing()
    {
        var bucket = new LeaseBucket(0);
        LeasePlan plan = Plan;
        long now = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                bucket.Take(plan, 1, now += 100, 1);
            }

            bucket.Answered(plan, now, 5000, 0);
            bucket.Unanswered(bucket.Ask(plan, now));
        }));
    }
}
