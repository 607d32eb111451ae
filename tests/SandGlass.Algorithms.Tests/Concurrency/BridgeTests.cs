using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class BridgeTests
{
    private const long None = -1, Long = 1_000_000;

    private Bridge _bridge;

    [Fact]
    public void Lets_wait_for_some_round_trips_where_nobody_waited_a_moment_ago()
    {
        Assert.Equal(500, _bridge.Wait(150, 100, None, 0));
        Assert.Equal(500, _bridge.Wait(150, 100, Long, 400));
        Assert.Equal(500, _bridge.Wait(150, 100, Long, 500));
    }

    [Fact]
    public void Lets_wait_as_long_as_usual_where_they_wait_and_wait()
    {
        _bridge.Wait(150, 100, None, 0);
        Assert.Equal(500, _bridge.Wait(150, 100, Long, 1_500));
        Assert.Equal(150, _bridge.Wait(150, 100, Long, 1_501));
        Assert.Equal(150, _bridge.Wait(150, 100, Long, 5_000));
        Assert.Equal(500, _bridge.Wait(150, 100, None, 5_001));
    }

    [Theory]
    [InlineData(0, 150)]
    [InlineData(20, 150)]
    [InlineData(40, 200)]
    [InlineData(640, 600)]
    public void Never_less_than_usual_and_never_more_than_four_times_it(long roundTrip, long wait) =>
        Assert.Equal(wait, _bridge.Wait(150, roundTrip, None, 0));

    [Fact]
    public void Goes_on_bridging_while_nobody_waits_longer_than_usual()
    {
        _bridge.Wait(150, 100, None, 0);
        Assert.Equal(500, _bridge.Wait(150, 100, 150, 1_400));
        Assert.Equal(500, _bridge.Wait(150, 100, Long, 2_900));
        Assert.Equal(150, _bridge.Wait(150, 100, Long, 2_901));
        Assert.Equal(150, _bridge.Wait(150, 100, 10, 2_902));
    }

    [Fact]
    public void Lets_wait_as_long_as_usual_for_a_while_after_it_has_lost_one()
    {
        _bridge.Wait(150, 100, None, 0);
        Assert.True(_bridge.HasLostNone(400));
        _bridge.Lost(500);
        Assert.False(_bridge.HasLostNone(2_000));
        Assert.Equal(150, _bridge.Wait(150, 100, None, 1_501));
        Assert.True(_bridge.HasLostNone(2_001));
        Assert.Equal(500, _bridge.Wait(150, 100, None, 2_001));
    }
}
