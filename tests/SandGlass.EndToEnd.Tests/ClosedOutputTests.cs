using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

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

    [Fact]
    public async Task A_gateway_serves_whether_or_not_anybody_reads_what_it_says()
    {
        var folder = TestFolder.New("unread-");
        var policy = Path.Combine(folder, "policy.json");
        await File.WriteAllTextAsync(policy, Policy);
        var admin = $"http://127.0.0.1:{FreePort()}/";
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (var argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "sandglass.dll"), "run", "--policy", policy, "--listen", "http://127.0.0.1:0", "--admin", admin, "--state", folder])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("SANDGLASS_ADMIN_TOKEN");
        using var process = Process.Start(start)!;
        try
        {
            // Before it has said its first line.
            process.StandardOutput.Close();
            using var client = new HttpClient { BaseAddress = new(admin) };

            // The line follows the opening of its listeners, so one that ends for it does so in its first second.
            await Eventually.TrueAsync(async () => process.HasExited || await UptimeSecondsAsync(client) >= 1, "it serves for a second, or has ended");
            Assert.False(process.HasExited);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> UptimeSecondsAsync(HttpClient client)
    {
        try
        {
            return (await client.GetFromJsonAsync<JsonElement>("api/status")).GetProperty("uptimeSeconds").GetDouble();
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
