using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Tests.Running;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Measuring;

public sealed class ChainSeriesTests
{
    private static readonly Answer No = new(Outcome.Unavailable, 503);

    [Fact]
    public void Counts_by_chain_at_the_planned_moments()
    {
        var scenario = Some.Scenario(Some.Inject(10, 2)) with { Steps = [Some.Step("/a") with { Chain = "marketing" }, Some.Step("/b") with { Chain = "transaction" }] };
        var recorder = new VirtualServer(new TestClock(), static (shot, _) => (TimeSpan.FromMilliseconds(1), shot.Journey.Step == 1 ? No : Some.Good)).Run(new([scenario], seed: 1));

        Assert.Equal(["marketing", "transaction"], recorder.Chains.Names);
        Assert.Equal(0.1, recorder.Chains.Step);
        Assert.All(recorder.Chains.Of(0).Take(20), static m => Assert.Equal((1, 1), m));
        Assert.All(recorder.Chains.Of(0).Skip(20), static m => Assert.Equal((0, 0), m));
        Assert.Equal((20, 0), (recorder.Chains.Of(1).Sum(static m => m.Asked), recorder.Chains.Of(1).Sum(static m => m.Good)));
    }

    [Fact]
    public void A_client_that_asks_again_is_one_user_at_the_moment_of_its_first_try()
    {
        var scenario = Some.Scenario(Some.Inject(10, 1)) with { Steps = [Some.Step() with { Chain = "c", Retries = 2 }] };
        // Each takes 0.3 s; the third try is good.
        var server = new VirtualServer(new TestClock(), static (shot, _) => (TimeSpan.FromMilliseconds(300), shot.Journey.Attempt == 2 ? Some.Good : No));
        var recorder = server.Run(new([scenario], seed: 1));

        Assert.Equal(30, server.Sent.Count);
        Assert.All(recorder.Chains.Of(0).Take(10), static m => Assert.Equal((1, 1), m));
        Assert.Equal(20, recorder.Count(0, null, static o => o == Outcome.Unavailable));
    }

    [Fact]
    public void A_client_gives_up_when_it_has_asked_so_often()
    {
        var scenario = Some.Scenario(Some.Inject(10, 1)) with { Steps = [Some.Step() with { Retries = 3 }] };
        var server = new VirtualServer(new TestClock(), static (_, _) => (TimeSpan.FromMilliseconds(1), No));
        var recorder = server.Run(new([scenario], seed: 1));

        Assert.Equal(40, server.Sent.Count);
        Assert.Equal((10, 0), (recorder.Chains.Of(0).Sum(static m => m.Asked), recorder.Chains.Of(0).Sum(static m => m.Good)));
    }

    [Fact]
    public void A_long_run_has_coarser_moments() => Assert.Equal((0.6, 6_100), (new ChainSeries([Some.Scenario()], 3_600).Step, new ChainSeries([Some.Scenario()], 3_600).Of(0).Count));
}
