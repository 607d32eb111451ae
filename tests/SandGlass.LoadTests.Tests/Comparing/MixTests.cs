using SandGlass.LoadTests.Comparing;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Tests.Comparing;

public sealed class MixTests
{
    private static readonly Uri Target = new("http://127.0.0.1:1");

    private static Load Load(double rate, double seconds) => new(Mix.At(Target, rate, seconds, TimeSpan.FromSeconds(2)), seed: 1);

    [Fact]
    public void Of_a_hundred_requests_80_8_6_4_and_2_are_of_each_kind()
    {
        var load = Load(200, 10);

        Assert.Equal([("product", 1600L), ("search", 160L), ("cart", 120L), ("order", 80L), ("refund", 40L)], load.Scenarios.Select((s, i) => (s.Name, load.Open[i]!.Count)));
        Assert.All(load.Scenarios, static s => Assert.Equal((TimeSpan.FromSeconds(2), Target, Spacing.Poisson, 1), (s.Timeout, s.Target, s.Spacing, s.Steps.Count)));
    }

    [Fact]
    public void Every_scenario_is_of_one_chain()
    {
        var chains = Mix.Chains.SelectMany(static c => c.Scenarios).Order();

        Assert.Equal(Load(100, 1).Scenarios.Select(static s => s.Name).Order(), chains);
        Assert.Contains(Mix.Order, Mix.Chains[0].Scenarios);
    }

    [Fact]
    public void Products_are_Zipf_of_1_1_over_ten_thousand()
    {
        var feed = Assert.Single(Load(100, 1).Scenarios[0].Feeds.OfType<ZipfFeed>());

        Assert.Equal((10_000, 1.1), (feed.Popularity.Count, feed.Popularity.Exponent));
    }
}
