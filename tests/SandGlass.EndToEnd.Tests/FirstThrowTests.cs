using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What is done ahead so that the first throw is quick. How quick it is, <c>load-tests/fleet-switches.sh</c> measures: here is too much beside.</summary>
public sealed class FirstThrowTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "answer": "hello" } },
          "fallbacks": { "hello": { "status": 200, "body": "hello" } },
          "switches": { "s": { "chains": [ "*" ], "do": { "refuse": { "status": 503 } } } },
          "plans": { "p": { "steps": [ { "switch": "s" } ] } }
        }
        """;

    [Fact]
    public async Task Nothing_tells_of_it()
    {
        await using var gateway = await TestGateway.StartAsync(Policy);
        var before = await TracesAsync(gateway);

        await gateway.Host.PrepareFirstThrow();

        Assert.Equal(before, await TracesAsync(gateway));
        Assert.Equal("hello", await gateway.Client.GetStringAsync("/"));
        using var thrown = await gateway.Admin.PutAsJsonAsync("api/switches/s", new { on = true, reason = "the first" });
        Assert.Equal(1, (await thrown.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("version").GetInt64());
        Assert.Equal(1, (await gateway.Admin.GetFromJsonAsync<JsonElement>("api/audit")).GetArrayLength());
    }

    [Fact]
    public async Task It_is_done_without_switches_and_plans_too()
    {
        await using var gateway = await TestGateway.StartAsync(Policy[..Policy.IndexOf(",\n  \"switches\"", StringComparison.Ordinal)] + "\n}");
        await gateway.Host.PrepareFirstThrow();
    }

    // All that an operator could see, but for what counts time and the looking itself.
    private static async Task<string> TracesAsync(TestGateway gateway)
    {
        var page = PrometheusPage.Parse(await gateway.Admin.GetStringAsync("metrics"));
        string[] pages = ["api/switches", "api/plans", "api/audit", "api/alarms"];
        return string.Join('\n', [
            .. await Task.WhenAll(pages.Select(gateway.Admin.GetStringAsync)),
            (await gateway.Admin.GetFromJsonAsync<JsonElement>("api/timeline")).GetProperty("entries").GetRawText(),
            .. ((string[])["sandglass_requests_total", "sandglass_shadow_total", "sandglass_switch_on"]).Select(m => $"{m} {page.Sum(m)}"),
            .. Directory.EnumerateFileSystemEntries(gateway.Host.Options.StateDirectory, "*", SearchOption.AllDirectories).Order(),
            .. Directory.EnumerateDirectories(Path.GetTempPath(), "sandglass-first-throw-*"),
        ]);
    }
}
