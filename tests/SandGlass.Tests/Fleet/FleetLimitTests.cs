using SandGlass.Algorithms.Rates;
using SandGlass.Fleet;
using Xunit;

namespace SandGlass.Tests.Fleet;

public sealed class FleetLimitTests
{
    private const long Second = 1_000_000;

    /// <summary>100/s and a burst of 40 for four gateways.</summary>
    private static readonly LeasePlan Plan = new FleetLimitPlan("l", new(true, 1), GcraPlan.FromRate(100, 40, Second), Second).For(4);

    [Fact]
    public void Leases_what_the_policy_names_from_the_first_request_on()
    {
        var limit = new FleetLimit(isFew: true, 1000);

        Assert.True(limit.Take(Plan, 1, 1, 0, 1).Admitted);
        Assert.Equal((1, 0L), (limit.Count, limit.LeftOf(1)));
    }

    [Fact]
    public void Counts_a_small_key_alone_up_to_half_its_share_and_charges_that_when_it_grows()
    {
        var limit = new FleetLimit(isFew: false, 1000);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(limit.Take(Plan, 1, 1, 0, 1).Admitted);
            Assert.Equal(0, limit.Count);
        }

        Assert.True(limit.Take(Plan, 1, 1, 0, 1).Admitted);
        var lease = Assert.Single(limit.Leases);
        Assert.Equal(6 * LeasePlan.Unit, lease.Bucket.Ask(Plan, 1).Charge);
    }

    [Fact]
    public void What_is_leased_lasts_until_the_keys_next_turn_however_many_there_are()
    {
        var limit = new FleetLimit(isFew: false, 40_000);
        var shared = new FleetLimitPlan("l", limit, GcraPlan.FromRate(100, 40, Second), Second);
        var all = new FleetPlan(new("test", null), [shared, shared with { Name = "m" }], [], []);
        Assert.Equal((1, Second * 15 / 100), (all.Turns, shared.For(4).Horizon));
        for (ulong key = 1; key <= 1100; key++)
        {
            for (var i = 0; i < 7; i++)
            {
                limit.Take(Plan, key, 1, 0, 1);
            }
        }

        // Twice 1,100, 512 in a call.
        Assert.Equal(5, all.Turns);
        limit.Turns = all.Turns;
        Assert.Equal(Second * 75 / 100, shared.For(4).Horizon);
    }

    [Fact]
    public void Leases_no_more_keys_than_its_bound_whatever_is_asked()
    {
        var limit = new FleetLimit(isFew: false, 40_000);
        for (ulong key = 1; key < 20_000; key++)
        {
            for (var i = 0; i < 7; i++)
            {
                limit.Take(Plan, key, 1, 0, 1);
            }
        }

        Assert.Equal(FleetLimit.MostLeases, limit.Count);
        Assert.Equal(FleetLimit.MostLeases, limit.Leases.Count());
        Assert.True(limit.Keys <= 40_000);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    public void Remembers_no_more_keys_than_the_policy_says(int maxKeys)
    {
        var limit = new FleetLimit(isFew: false, maxKeys);
        for (ulong key = 1; key < 3 * (ulong)maxKeys; key++)
        {
            for (var i = 0; i < 7; i++)
            {
                limit.Take(Plan, key, 1, 0, 1);
            }
        }

        Assert.InRange(limit.Keys, maxKeys / 2, maxKeys);
    }

    [Fact]
    public void Gives_back_where_it_was_taken()
    {
        var limit = new FleetLimit(isFew: false, 4);
        for (var i = 0; i < 7; i++)
        {
            limit.Take(Plan, 1, 1, 0, 1);
        }

        Assert.Equal(1, limit.Count);
        var taken = 0;
        while (limit.Take(Plan, 2, 1, 0, 1).Admitted)
        {
            taken++;
        }

        Assert.True(taken > 5 && limit.Alone.Count == 1);
        limit.Refund(Plan, 2, 1, 0, 1);
        Assert.True(limit.Take(Plan, 2, 1, 0, 1).Admitted);
        Assert.False(limit.Take(Plan, 2, 1, 0, 1).Admitted);
    }

    [Fact]
    public void Gives_a_key_that_finds_no_room_its_share()
    {
        var limit = new FleetLimit(isFew: false, 100_000);
        for (ulong key = 1; key <= FleetLimit.MostLeases; key++)
        {
            limit.Take(Plan, key, 1, 0, 6);
            limit.Take(Plan, key, 1, 0, 6);
        }

        Assert.Equal(FleetLimit.MostLeases, limit.Count);
        var admitted = 0;
        for (long now = 0; now < 40 * Second; now += Second / 100)
        {
            admitted += limit.Take(Plan, ulong.MaxValue, 1, now, 1).Admitted ? 1 : 0;
        }

        Assert.InRange(admitted, 25 * 40, (25 * 40 * 1.06) + 20);
    }

    [Fact]
    public void Peeks_at_a_key_without_leasing_it()
    {
        var limit = new FleetLimit(isFew: false, 1000);

        Assert.True(limit.Peek(Plan, 1, 1, 0, 1).Admitted);
        Assert.Equal(0, limit.Count);
        Assert.Null(limit.LeftOf(1));
    }

    [Fact]
    public void Lets_go_of_a_key_and_begins_it_anew()
    {
        var limit = new FleetLimit(isFew: true, 1);
        limit.Take(Plan, 1, 1, 0, 1);
        limit.Forget(limit.Leases.Single());
        Assert.Equal(0, limit.Count);

        limit.Take(Plan, 1, 1, 0, 1);
        Assert.Equal(1, limit.Count);
    }

    [Fact]
    public void Allocates_nothing_for_a_decision()
    {
        var few = new FleetLimit(isFew: true, 1);
        var many = new FleetLimit(isFew: false, 1000);
        few.Take(Plan, 1, 1, 0, 1);
        many.Take(Plan, 1, 1, 0, 1);
        long now = 0;
        void Decide()
        {
            for (var i = 0; i < 10; i++)
            {
                few.Take(Plan, 1, 1, now, 1);
                many.Take(Plan, 1, 1, now += Second, 1);
            }
        }

        Assert.Equal(0, Allocated.Per(Decide));
    }
}
