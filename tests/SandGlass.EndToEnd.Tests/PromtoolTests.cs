using System.Diagnostics;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What Prometheus' own tool says of our metrics and rules.</summary>
public sealed class PromtoolTests
{
    [Fact]
    public async Task Promtool_finds_nothing_to_say_about_the_metrics()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        using var answer = await gateway.Client.GetAsync("/a");
        await AcceptsAsync(gateway);
    }

    [Fact]
    public async Task Promtool_finds_nothing_to_say_about_the_age_of_a_list_of_ranges()
    {
        var folder = TestFolder.New("promtool-");
        await File.WriteAllTextAsync(Path.Combine(folder, "ranges.txt"), "# updated: 2026-11-20\n192.0.2.0/24\n");
        await using var origin = await TestOrigin.SayingAsync("hello");
        var policy = "{ \"edge\": { \"trustedProxies\": [ \"file:ranges.txt\" ] }, " + TestGateway.PassThrough.TrimStart().TrimStart('{');
        await using var gateway = await TestGateway.StartAsync(policy, static o => o, folder, ("origin", origin.Address));
        Assert.True(PrometheusPage.Parse(await gateway.Admin.GetStringAsync("metrics")).Sum("sandglass_cidr_file_age_seconds") > 0);
        await AcceptsAsync(gateway);
    }

    /// <summary>Asks promtool about a gateway's metrics.</summary>
    internal static async Task AcceptsAsync(TestGateway gateway) =>
        Assert.Equal((0, string.Empty), await RunAsync("check metrics", await gateway.Admin.GetStringAsync("/metrics")));

    [Fact]
    public async Task Promtool_accepts_the_rules_that_we_deploy()
    {
        var (code, says) = await RunAsync($"check rules {Path.Combine(Tree.Root, "deploy", "prometheus", "rules.yml")}", string.Empty);

        Assert.True(code == 0, says);
    }

    private static async Task<(int Code, string Says)> RunAsync(string arguments, string input)
    {
        var promtool = Programs.Find("promtool");
        Assert.SkipWhen(promtool is null, Programs.Missing("promtool", "prometheus"));
        using var process = Process.Start(new ProcessStartInfo(promtool, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var says = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        return (process.ExitCode, says);
    }
}
