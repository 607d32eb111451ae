using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class CutResponseTests
{
    private CutResponse _cut;

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(0.9, true)]
    [InlineData(0.87, false)]
    [InlineData(0.7, false)]
    public void Is_in_vain_where_round_trips_stay_as_long_below_a_lower_limit(double left, bool expected)
    {
        Assert.False(_cut.IsInVain(40, 2, 2, 48));
        Assert.False(_cut.IsInVain(28, 2 * left, 2 * left, 48));
        Assert.Equal(expected, _cut.IsInVain(28, 2 * left, 2 * left, 48));
    }

    [Fact]
    public void Says_nothing_before_the_limit_is_clearly_lower()
    {
        _cut.IsInVain(40, 1.31, 1.31, 48);
        for (int i = 0; i < 100; i++)
        {
            Assert.False(_cut.IsInVain(32, 1.31, 1.31, 48));
        }
    }

    [Fact]
    public void Says_nothing_where_what_is_left_of_R_is_what_a_limit_with_room_has()
    {
        _cut.IsInVain(40, 1.2, 1.2, 48);
        Assert.False(_cut.IsInVain(28, 1.12, 1.12, 96));
        Assert.Equal(0, _cut.From);
    }

    [Fact]
    public void Begins_anew_when_the_limit_is_higher_than_it_was()
    {
        _cut.IsInVain(40, 1.31, 1.31, 48);
        _cut.IsInVain(28, 1.31, 1.31, 48);
        Assert.False(_cut.IsInVain(41, 1.31, 1.31, 48));
        Assert.False(_cut.IsInVain(28, 1.31, 1.31, 48));
        Assert.True(_cut.IsInVain(28, 1.31, 1.31, 48));
        Assert.Equal((41, 1.31), (_cut.From, _cut.Worst));
    }

    [Fact]
    public void Takes_what_queued_before_the_cut_for_a_queue()
    {
        // Half of the workers are gone: R is 2 at the old limit, and falls with it.
        _cut.IsInVain(40, 2, 2, 48);
        _cut.IsInVain(30, 1.5, 1.5, 48);
        Assert.False(_cut.IsInVain(24, 1.2, 1.2, 96));
    }
}
