using SandGlass.Fleet;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Fleet;

public sealed class DoubtsTests
{
    private readonly TestClock _clock = new();
    private readonly Doubts _doubts;

    public DoubtsTests() => _doubts = new(_clock);

    [Fact]
    public void Without_a_fleet_the_clock_is_believed_at_once()
    {
        _doubts.Restored("a");
        Assert.Equal(["a"], _doubts.Settle(isAlone: true));
        Assert.False(_doubts.Contains("a"));
    }

    [Theory]
    [InlineData(0, 4.9, false)]
    [InlineData(0, 5.1, true)]
    [InlineData(-4, 5.1, true)]
    [InlineData(6, 60, false)]
    [InlineData(-6, 60, false)]
    public void In_a_fleet_it_is_believed_when_Redis_agrees_and_nobody_knew_better_for_a_while(int off, double later, bool isBelieved)
    {
        _doubts.Restored("a");
        Pass(100);
        Assert.Empty(_doubts.Settle(isAlone: false));

        _doubts.Compare(_clock.GetUtcNow() + TimeSpan.FromSeconds(off));
        Pass(later);

        Assert.Equal(isBelieved ? ["a"] : [], _doubts.Settle(isAlone: false));
    }

    [Fact]
    public void What_somebody_does_to_the_clock_afterwards_does_not_matter()
    {
        _doubts.Restored("a");
        var redis = _clock.GetUtcNow();
        _clock.StepWall(TimeSpan.FromHours(1));
        _doubts.Compare(redis);
        Pass(6);
        Assert.Equal(["a"], _doubts.Settle(isAlone: false));

        // And a wrong one that was mended is the one by which things were read all the same.
        var late = new Doubts(_clock);
        late.Restored("a");
        _clock.StepWall(TimeSpan.FromHours(-1));
        late.Compare(_clock.GetUtcNow());
        Pass(6);
        Assert.Empty(late.Settle(isAlone: false));
    }

    [Fact]
    public void What_is_heard_later_has_its_own_while()
    {
        _doubts.Compare(_clock.GetUtcNow());
        Pass(100);
        _doubts.Heard("a");
        Assert.Empty(_doubts.Settle(isAlone: false));
        Pass(6);
        Assert.Equal(["a"], _doubts.Settle(isAlone: false));
    }

    private void Pass(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));
}
