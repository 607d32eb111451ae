using Microsoft.Extensions.Logging;
using SandGlass.Hosting;
using Xunit;

namespace SandGlass.Tests.Hosting;

public sealed class LogsTests
{
    [Theory]
    [InlineData("Debug", null, LogLevel.Debug)]
    [InlineData("debug", "Error", LogLevel.Debug)]
    [InlineData(null, "Warning", LogLevel.Warning)]
    [InlineData(null, null, LogLevel.Information)]
    [InlineData("loud", null, LogLevel.Information)]
    [InlineData("77", null, LogLevel.Information)]
    public void Takes_its_level_from_the_environment(string? own, string? all, LogLevel expected) =>
        Assert.Equal(expected, Logs.Level(name => name.EndsWith("SandGlass", StringComparison.Ordinal) ? own : all));
}
