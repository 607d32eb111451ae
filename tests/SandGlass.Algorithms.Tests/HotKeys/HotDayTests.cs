using SandGlass.Algorithms.HotKeys;
using Xunit;

namespace SandGlass.Algorithms.Tests.HotKeys;

public sealed class HotDayTests
{
    [Fact]
    public void Adds_up_what_was_hot_and_begins_anew_with_each_day()
    {
        var day = new HotDay();
        day.Saved(1);
        day.Feed([Key(1, 100, hot: true), Key(2, 40, hot: false)], 1, day: 7);
        day.Saved(1);
        day.Saved(2);
        day.Feed([Key(1, 60, hot: false), Key(2, 80, hot: true)], 2, day: 7);

        Assert.Equal([new HotOfDay(1, "k1", 100 + 120, 100, 1), new HotOfDay(2, "k2", 160, 80, 0)], day.Today);

        day.Feed([], 1, day: 8);
        Assert.Empty(day.Today);
    }

    [Fact]
    public void Keeps_a_bounded_number_and_of_them_the_ones_asked_for_most()
    {
        var day = new HotDay();
        day.Feed([.. Enumerable.Range(1, 2 * HotDay.Most).Select(static i => Key((ulong)i, i, hot: true))], 1, 1);

        Assert.Equal(HotDay.Most, day.Today.Count);
        Assert.Equal(HotDay.Most + 1, day.Today[^1].Requests);
    }

    private static HotKey Key(ulong key, double perSecond, bool hot) => new(key, perSecond, 0.1, hot, "k" + key);
}
