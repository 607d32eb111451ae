using SandGlass.Fleet;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Fleet;

public sealed class MemberCountTests
{
    private readonly TestClock _clock = new();

    [Fact]
    public void Takes_more_at_once_and_fewer_after_ten_seconds()
    {
        var count = new MemberCount(_clock, 1);

        Assert.Equal(8, count.Seen(8));
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(8, count.Seen(7));
        _clock.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(7, count.Seen(7));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(86_400)]
    public void Who_is_back_first_after_an_outage_does_not_take_itself_for_the_fleet(int seconds)
    {
        var count = new MemberCount(_clock, 1);
        count.Seen(8);
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        count.Back();

        Assert.Equal(8, count.Seen(1));
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(8, count.Seen(3));
        _clock.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(3, count.Seen(3));
    }

    [Fact]
    public void Forgets_those_who_are_gone_also_where_Redis_is_away_every_few_seconds()
    {
        var count = new MemberCount(_clock, 1);
        count.Seen(8);
        var seen = 8;
        for (var stall = 0; stall < 5 && seen == 8; stall++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            count.Back();
            Assert.Equal(8, count.Seen(1));
            for (var second = 0; second < 5; second++)
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                seen = count.Seen(2);
            }
        }

        Assert.Equal(2, seen);
    }
}
