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
        for (int seed = 1; seed <= seeds; seed++)
        {
            Report report = scenario.Run(7919 * seed, Environment.GetEnvironmentVariable("SANDGLASS_TRACE") is null ? null : output.WriteLine);
            output.WriteLine($"{story}, seed {seed}: {report}");
            Assert.True(report.Reaches(least), $"{story}, seed {seed}: {report}; at least: {least}");
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
