using SandGlass.Layers.Switch;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Switch;

public sealed class SwitchEndsTests
{
    private static readonly SwitchState.Position On = SwitchState.Position.Off with { On = true };

    private readonly TestClock _clock = new();
    private readonly SwitchEnds _ends;

    public SwitchEndsTests() => _ends = new(_clock);

    [Fact]
    public void Are_due_when_their_time_is_over_and_not_before()
    {
        _ends.Set("long", On, TimeSpan.FromSeconds(60));
        _ends.Set("short", On, TimeSpan.FromSeconds(10));
        _ends.Set("never", On, null);
        _ends.Set("off", SwitchState.Position.Off, TimeSpan.FromSeconds(1));

        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(_ends.Due(_clock.GetTimestamp()));

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["short"], _ends.Due(_clock.GetTimestamp()));
        Assert.Equal((49, -1), ((int)Math.Round(_ends.Left("long")!.Value.TotalSeconds), (int)Math.Round(_ends.Left("short")!.Value.TotalSeconds)));
        Assert.Null(_ends.Left("never"));
        Assert.Equal(["long", "short"], _ends.Ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Do_not_move_with_the_wall_clock()
    {
        _ends.Set("s", On, TimeSpan.FromSeconds(10));

        _clock.StepWall(TimeSpan.FromHours(1));

        Assert.Empty(_ends.Due(_clock.GetTimestamp()));
    }

    [Fact]
    public void Are_in_doubt_after_a_restart_until_somebody_knows_better_or_nobody_can()
    {
        _ends.Set("a", On, TimeSpan.FromSeconds(10));
        _ends.Set("b", On, TimeSpan.FromSeconds(10));
        _ends.Restored("a");
        _ends.Restored("b");
        _ends.Restored("never");
        Assert.Equal((true, true, false), (_ends.IsInDoubt("a"), _ends.IsInDoubt("b"), _ends.IsInDoubt("never")));

        Assert.True(_ends.Learn("a"));
        Assert.False(_ends.Learn("a"));
        Assert.False(_ends.Settle(isAlone: false));
        Assert.True(_ends.IsInDoubt("b"));

        Assert.True(_ends.Settle(isAlone: true));
        Assert.False(_ends.IsInDoubt("b"));
    }
}
