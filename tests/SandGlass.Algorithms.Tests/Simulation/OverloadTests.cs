using System.Globalization;

namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>
/// The gate and the limit of src in virtual time, before a backend that gets more than it bears. SANDGLASS_SEEDS=8 takes eight seeds in the
/// place of one, SANDGLASS_TRACE=1 prints the limit's course; both print to the test's output.
/// </summary>
public class OverloadTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Stories.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Comes_through(string story)
    {
        (Scenario scenario, Report least) = Stories.All[story];
        int seeds = int.Parse(Environment.GetEnvironmentVariable("SANDGLASS_SEEDS") ?? "1", CultureInfo.InvariantCulture);
        List<string> missed = [];
        int from = int.Parse(Environment.GetEnvironmentVariable("SANDGLASS_SEED_FROM") ?? "1", CultureInfo.InvariantCulture);
        for (int seed = from; seed < from + seeds; seed++)
        {
            Report report = scenario.Run(7919 * seed, Environment.GetEnvironmentVariable("SANDGLASS_TRACE") is null ? null : output.WriteLine);
            output.WriteLine($"{story}, seed {seed}: {report}");
            if (!report.Reaches(least))
            {
                missed.Add($"{story}, seed {seed}: {report}; at least: {least}");
            }
        }

        Assert.Empty(missed);
    }

    [Theory]
    [InlineData(true, 0.95, 1)]
    [InlineData(false, 0, 0.75)]
    public void Lets_those_finish_who_have_begun(bool knowsSessions, double atLeast, double atMost)
    {
        int seeds = int.Parse(Environment.GetEnvironmentVariable("SANDGLASS_SEEDS") ?? "1", CultureInfo.InvariantCulture);
        for (int seed = 1; seed <= seeds; seed++)
        {
            var time = new VirtualTime();
            var random = new Random(7919 * seed);
            var scenario = new Scenario();
            var gateway = new Gateway(time, new Backend(time, random, scenario), 0, scenario);
            var buyers = new Checkouts(time, random, gateway, knowsSessions);
            double ideal = scenario.Workers / Backend.Mean / Checkouts.Steps;
            buyers.Arrive(10 * ideal);

            time.RunFor(14);

            double share = buyers.Completed.Count(static at => at >= 4) / (10 * ideal);
            output.WriteLine($"seed {seed}: {share * ideal:F0} of {ideal:F0} check-outs a second");
            Assert.InRange(share, atLeast, atMost + 0.02);
        }
    }

    [Fact]
    public void Is_the_same_each_time()
    {
        Scenario scenario = Stories.All["ten times the load"].Scenario with { Surge = 4 };
        Assert.Equal(scenario.Run(5), scenario.Run(5));
        Assert.NotEqual(scenario.Run(5), scenario.Run(6));
    }
}
