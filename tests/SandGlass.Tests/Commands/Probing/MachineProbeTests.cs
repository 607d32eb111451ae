using SandGlass.Commands.Probing;
using SandGlass.Tests.Policy;
using Xunit;

namespace SandGlass.Tests.Commands.Probing;

public sealed class MachineProbeTests
{
    // 50 requests at once, 2 MB of keys and 1 MB of answers.
    private static readonly string Policy = PolicyCase.Root(
        "\"cache\": { \"maxBytes\": \"1MB\" }, \"rateLimits\": { \"l\": { \"rate\": \"1/s\", \"maxKeys\": 65536 }, \"unused\": { \"rate\": \"1/s\" } }",
        "\"rateLimits\": [ \"l\" ]").Replace("7001\" } }", "7001\" }, \"concurrency\": { \"initial\": 20, \"max\": 50 } }", StringComparison.Ordinal);

    [Theory]
    [InlineData(1_100L, 3L << 20, 50, "")]
    [InlineData(1_099L, 3L << 20, 50, "open files: 1,099; 1,100 needed for 50 requests at once (concurrency.max of all backends); raise it")]
    [InlineData(1_100L, (3L << 20) - 1, 50, "free memory: 3 MB; 3 MB kept at most (2 MB of rateLimits.*.maxKeys, 1 MB of cache.maxBytes); give it more")]
    [InlineData(1_100L, 3L << 20, 49, "local ports: 49; 50 needed at most for one destination of \"marketing\"")]
    [InlineData(long.MaxValue, long.MaxValue, 28_000, "")]
    [InlineData(null, null, null, "")]
    public void Holds_the_machine_against_the_bounds(long? files, long? memory, int? ports, string told)
    {
        ProbeResult[] results = [.. MachineProbe.Ask(PolicyCase.Read(Policy).Policy!, new MachineFacts(2, memory, files, ports))];

        Assert.Equal(4, results.Length);
        Assert.Equal(told.Length == 0 ? 0 : 1, results.Count(one => !one.Ok));
        Assert.All(results.Where(one => !one.Ok), one => Assert.StartsWith("FAIL machine " + told, one.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Knows_this_machine()
    {
        var facts = MachineFacts.Read();

        Assert.True(facts is { Cpus: > 0, FreeMemory: > 0 });
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells files and ports");
        Assert.True(facts is { OpenFiles: > 0, Ports: > 0 });
    }
}
