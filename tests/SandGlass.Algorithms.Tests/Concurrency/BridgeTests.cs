using SandGlass.Algorithms.Concurrency;

namespace SandGlass.Algorithms.Tests.Concurrency;

public class BridgeTests
{
    private Bridge _bridge;

    [Fact]
    public void Lets_wait_for_some_round_trips_where_nobody_waited_a_moment_ago()
    {
        Assert.Equal(500, _bridge.Wait(150, 100, isClear: true, 0));
        Assert.Equal(500, _bridge.Wait(150, 100, isClear: false, 400));
        Assert.Equal(500, _bridge.Wait(150, 100, isClear: false, 500));
    }

    [Fact]
    public void Lets_wait_as_long_as_usual_where_they_wait_and_wait()
    {
        _bridge.Wait(150, 100, isClear: true, 0);
        Assert.Equal(500, _bridge.Wait(150, 100, isClear: false, 1_500));
        Assert.Equal(150, _bridge.Wait(150, 100, isClear: false, 1_501));
        Assert.Equal(150, _bridge.Wait(150, 100, isClear: false, 5_000));
        Assert.Equal(500, _bridge.Wait(150, 100, isClear: true, 5_001));
    }

    [Theory]
    [InlineData(0, 150)]
    [InlineData(20, 150)]
    [InlineData(40, 200)]
    [InlineData(640, 600)]
    public void Never_less_than_usual_and_never_more_than_four_times_it(long roundTrip, long wait) =>
        Assert.Equal(wait, _bridge.Wait(150, roundTrip, isClear: true, 0));
}
