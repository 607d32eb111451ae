using SandGlass.Algorithms.Alarms;
using Xunit;

namespace SandGlass.Algorithms.Tests.Alarms;

public sealed class AlarmStateTests
{
    // Above 10, over at 8 or less; 3 ticks to fire, 4 to be over. One value a tick.
    private static readonly AlarmPlan Above = new(true, 10, 8, 3, 4);

    [Theory]
    [InlineData("- p p p F F", "10 11 11 11 11 11")]
    [InlineData("p p - p p", "11 11 10 11 11")]
    [InlineData("p p p F F F F F -", "11 11 11 11 8 8 8 8 8")]
    [InlineData("p p p F F F F F F F F F -", "11 11 11 11 8 8 9 11 8 8 8 8 8")]
    [InlineData("p p p F F F F F F", "11 11 11 11 9 9 9 9 9")]
    [InlineData("p p p F F F F F -", "11 11 11 11 ? ? ? ? ?")]
    [InlineData("p - p p p F", "11 ? 11 11 11 11")]
    public void Stands_after_each_value(string positions, string values) => Assert.Equal(
        positions, Run(Above, [.. values.Split(' ').Select(static v => v == "?" ? double.NaN : double.Parse(v, System.Globalization.CultureInfo.InvariantCulture))]));

    [Fact]
    public void Fires_at_once_where_nothing_has_to_last_and_still_does_not_flap()
    {
        var plan = new AlarmPlan(true, 10, 10, 0, 4);

        Assert.Equal("F F F F F F F - F", Run(plan, 11, 10, 11, 10, 10, 10, 10, 10, 11));
    }

    [Fact]
    public void Speaks_below_its_level_too()
    {
        var plan = new AlarmPlan(false, 0.9, 0.95, 1, 2);

        Assert.Equal("- p F F F F -", Run(plan, 0.9, 0.8, 0.8, 0.92, 0.95, 1, 1));
    }

    [Fact]
    public void Tells_since_when_it_fires()
    {
        var state = default(AlarmState);
        for (var now = 100; now < 110; now++)
        {
            state = state.Next(Above, 11, now);
        }

        Assert.Equal(new(AlarmPosition.Firing, 103), state);
    }

    [Fact]
    public void A_share_is_of_the_last_beats_only()
    {
        var window = new RatioWindow(3);

        Assert.Equal(double.NaN, window.Add(0, 0));
        Assert.Equal(0.5, window.Add(5, 10));
        Assert.Equal(0.25, window.Add(0, 10));
        Assert.Equal(0.2, window.Add(1, 10), 6);
        Assert.Equal(1.0 / 20, window.Add(0, 0), 6);
        Assert.Equal(0.1, window.Add(0, 0), 6);
        Assert.Equal(double.NaN, window.Add(0, 0));
    }

    private static string Run(AlarmPlan plan, params double[] values)
    {
        var state = default(AlarmState);
        var positions = new List<char>();
        for (var now = 0; now < values.Length; now++)
        {
            state = state.Next(plan, values[now], now);
            positions.Add(state.Position switch { AlarmPosition.Firing => 'F', AlarmPosition.Pending => 'p', _ => '-' });
        }

        return string.Join(' ', positions);
    }
}
