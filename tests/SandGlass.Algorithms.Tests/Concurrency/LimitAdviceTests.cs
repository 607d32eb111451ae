using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class LimitAdviceTests
{
    private static readonly LimitHint Own = new(40, 1.1, 1, true);

    [Fact]
    public void Begins_where_the_others_are()
    {
        Assert.Equal(20, LimitAdvice.Of(Own, [new(10, 1, 1, false), new(20, 1, 1, false), new(90, 1, 1, false)]).Start);
        Assert.Equal(15, LimitAdvice.Of(Own, [new(10, 1, 1, false), new(20, 1, 1, false)]).Start);
    }

    [Fact]
    public void Hears_of_a_queue_only_from_those_at_their_limit()
    {
        Assert.Equal(1.5, LimitAdvice.Of(Own, [new(10, 1.5, 1, true), new(10, 9, 1, false)]).Queueing);
        Assert.Equal(1, LimitAdvice.Of(Own, [new(10, 9, 1, false)]).Queueing);
        Assert.Equal(1, LimitAdvice.Of(Own, [new(10, 0.4, 1, true)]).Queueing);
    }

    [Fact]
    public void Evens_out_only_those_at_their_limit()
    {
        Assert.Equal(30, LimitAdvice.Of(Own, [new(20, 1, 1, true), new(900, 1, 1, false)]).Even);
        Assert.Equal(0, LimitAdvice.Of(Own, [new(900, 1, 1, false)]).Even);
        Assert.Equal(0, LimitAdvice.Of(Own with { IsReached = false }, [new(20, 1, 1, true)]).Even);
    }

    [Fact]
    public void Hears_how_much_slower_the_backend_is_from_two_of_those_at_their_limit()
    {
        Assert.Equal(1.5, LimitAdvice.Of(Own, [new(10, 1, 1.5, true), new(10, 1, 0, true), new(10, 1, 9, false)]).Stretch);
        Assert.Equal(2, LimitAdvice.Of(Own, [new(10, 1, 1, true), new(10, 1, 2, true), new(10, 1, 1, true), new(10, 1, 3, true), new(10, 1, 1, true)]).Stretch);
        Assert.Equal(1.5, LimitAdvice.Of(Own, [new(10, 1, 2, true), new(10, 1, 1, true)]).Stretch);
        Assert.Equal(0, LimitAdvice.Of(Own, [new(10, 1, 9, false)]).Stretch);
    }

    [Fact]
    public void Counts_all_that_ask_the_backend_also_those_who_know_nothing() =>
        Assert.Equal(4, LimitAdvice.Of(Own, [new(10, 1, 1, true), new(0, 1, 0, false), new(0, 1, 0, false)]).Gateways);

    [Fact]
    public void Weighs_what_those_at_their_limit_heard_by_how_much_that_was()
    {
        LimitHint[] others = [new(10, 9, 1, true) { Heard = 30, Measured = 2 }, new(10, 9, 1, false) { Heard = 500, Measured = 7 }, new(10, 9, 1, true)];

        LimitAdvice advice = LimitAdvice.Of(Own with { Heard = 10, Measured = 1.2 }, others);

        Assert.Equal((2, 40.0, 1.8), (advice.Reached, advice.Heard, advice.Measured));
    }

    [Fact]
    public void Takes_limits_for_learnt_where_most_of_them_have_been_reached()
    {
        LimitHint learnt = new(10, 1, 1, false), guess = learnt with { IsGuess = true };

        Assert.True(LimitAdvice.Of(Own, [learnt, learnt, guess]).IsLearnt);
        Assert.False(LimitAdvice.Of(Own, [learnt, guess]).IsLearnt);
        Assert.False(LimitAdvice.Of(Own, []).IsLearnt);
    }

    [Fact]
    public void Knows_what_is_in_use_for_one_of_them_whether_at_its_limit_or_not()
    {
        LimitHint[] others = [new(10, 1, 1, false) { Work = 3 }, new(0, 1, 0, false) { Work = 4 }, new(10, 1, 1, false)];

        Assert.Equal(2, LimitAdvice.Of(Own with { Work = 1 }, others).InUse);
        Assert.Equal(-1, LimitAdvice.Of(Own, [new(10, 1, 1, true)]).InUse);
    }

    [Fact]
    public void Lets_no_gateway_outvote_all_or_tell_of_work_that_none_can_have_become()
    {
        LimitHint[] others = [new(10, 5000, 0.001, true) { Heard = 1e8, Measured = 50 }, new(10, 1.2, 1.5, true) { Heard = 1000, Measured = 1 }];

        LimitAdvice advice = LimitAdvice.Of(Own with { Heard = 1000, Measured = 1 }, others);

        Assert.Equal((3000.0, 52.0 / 3, 1.5), (advice.Heard, advice.Measured, advice.Stretch));
        Assert.Equal(100, LimitAdvice.Of(Own, others[..1]).Queueing);
    }

    [Fact]
    public void Leaves_nonsense_out() =>
        Assert.Equal(LimitAdvice.None with { Gateways = 5 }, LimitAdvice.Of(Own, [new(double.NaN, 1, 1, true), new(0, 1, 1, true), new(10, double.PositiveInfinity, 1, true) { Heard = double.NaN, Work = -1 }, new(double.MaxValue, 1, 1, true) { Heard = 50, Measured = double.NaN, Work = double.PositiveInfinity }]));
}
