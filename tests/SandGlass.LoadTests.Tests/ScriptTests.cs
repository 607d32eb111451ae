using System.Diagnostics;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests;

/// <summary>The scripts of <c>load-tests/</c> up to the point where they would start something: what they say of themselves, and what they refuse.</summary>
public sealed class ScriptTests
{
    public static TheoryData<string> Scripts { get; } =
        [.. Directory.GetFiles(Path.Combine(Tree.Root, "load-tests"), "*.sh").Select(static f => Path.GetFileNameWithoutExtension(f)!)
            .Where(static n => n is not ("lib" or "overload-peers")).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Tells_how_it_is_used(string script)
    {
        var (code, said, error) = await RunAsync(script, "--no-build", "--help");

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith($"Usage: load-tests/{script}.sh", said, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Refuses_what_it_does_not_know(string script)
    {
        foreach (var unknown in (string[])["--nope", "nope", "", "--out x", "-x"])
        {
            Assert.Equal((2, "", $"{script}: unknown argument '{unknown}'; see --help\n"), await RunAsync(script, unknown));
        }
    }

    [Theory]
    [InlineData("bench", "--rounds needs a value; see --help", "--rounds")]
    [InlineData("bench", "--rounds must be a whole number above 0, not '0'; see --help", "--rounds", "0")]
    [InlineData("fleet", "--fleets must be a whole number above 0, not 'x'; see --help", "--fleets", "1 x")]
    [InlineData("honesty", "--stall-seconds must be a whole number above 0, not '-1'; see --help", "--stall-seconds", "-1")]
    [InlineData("hot-keys", "--only is cold, hot, ahead, dead, fleet or price, not 'warm'", "--only", "warm")]
    [InlineData("memory", "--clients must be a whole number from 100 to 16000000, not '99'", "--clients", "99")]
    [InlineData("overload", "--obey must be a whole number from 0 to 100, not '101'; see --help", "--obey", "101")]
    [InlineData("overload", "--sizes takes WORKERS:MS, like 8:40, not '8'; see --help", "--sizes", "8:40,8")]
    [InlineData("replay", "--hours must be a whole number, not 'x'; see --help", "--hours", "x")]
    public async Task Refuses_values_that_make_no_sense(string script, string why, params string[] args) =>
        Assert.Equal((2, "", $"{script}: {why}\n"), await RunAsync(script, args));

    private static async Task<(int Code, string Out, string Error)> RunAsync(string script, params string[] args)
    {
        Assert.SkipWhen(Programs.Find("bash") is null, Programs.Missing("bash", "bash"));
        using var bash = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Tree.Root, "load-tests", script + ".sh"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = bash.StandardError.ReadToEndAsync(Xunit.TestContext.Current.CancellationToken);
        var said = await bash.StandardOutput.ReadToEndAsync(Xunit.TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(Xunit.TestContext.Current.CancellationToken);
        return (bash.ExitCode, said, await error);
    }
}
