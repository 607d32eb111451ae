using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

public class InFlightTests
{
    private static readonly InFlightPlan Plan = new(3);

    [Fact]
    public void Admits_as_many_as_may_be_under_way_and_again_when_one_ends()
    {
        long state = InFlight.Rested(Plan, 0);
        Assert.Equal(new RateAnswer(true, 1, 0, 0), InFlight.Decide(Plan, ref state, 0, 2));
        Assert.Equal(new RateAnswer(false, 1, 0, 1), InFlight.Decide(Plan, ref state, 0, 2));
        Assert.True(InFlight.Decide(Plan, ref state, 0, 1).Admitted);
        InFlight.Refund(Plan, ref state, 0, 2);
        Assert.True(InFlight.Decide(Plan, ref state, 0, 2).Admitted);
    }

    [Fact]
    public void Never_counts_below_zero_when_a_forgotten_key_comes_back()
    {
        long state = 0;
        InFlight.Refund(Plan, ref state, 0, 5);
        Assert.Equal(0, InFlight.Debt(Plan, state, 0));
    }

    [Fact]
    public void Holds_nothing_for_a_key_in_a_table_once_all_have_ended()
    {
        var table = new RateTable<InFlightPlan, long, InFlight>(100);
        for (ulong key = 0; key < 1000; key++)
        {
            Assert.True(table.Take(Plan, key, 0).Admitted);
            table.Refund(Plan, key, 0);
        }

        Assert.Equal(0, table.Evictions);
    }
}
