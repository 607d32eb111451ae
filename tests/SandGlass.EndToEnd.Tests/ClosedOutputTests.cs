using System.Diagnostics;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Verbs whose output somebody stops reading: <c>sandglass top --json | head -1</c>.</summary>
public sealed class ClosedOutputTests
{
    private const string Policy = """{ "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } }, "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" } } } }""";

    [Theory]
    [InlineData("top", "--json")]
    [InlineData("schema", "")]
    [InlineData("switch list", "--json")]
    [InlineData("--help", "")]
    public async Task Ends_quietly_when_nobody_reads_any_more(string verb, string option)
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        var admin = verb is "schema" or "--help" ? "" : $"--admin {gateway.Admin.BaseAddress}";
        foreach (var argument in $"exec {Path.Combine(AppContext.BaseDirectory, "sandglass.dll")} {verb} {admin} {option}".Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        try
        {
            if (verb == "top")
            {
                // It is under way, and writes once a second.
                Assert.NotNull(await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline, TimeProvider.System));
            }

            process.StandardOutput.Close();
            await process.WaitForExitAsync().WaitAsync(Eventually.Deadline, TimeProvider.System);

            Assert.Equal(("", 0), (await process.StandardError.ReadToEndAsync(), process.ExitCode));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
