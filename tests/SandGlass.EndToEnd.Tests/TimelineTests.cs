using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The night's story of a running gateway: what people did, what the gateway saw, and where the event stands.</summary>
public sealed class TimelineTests
{
    private static readonly string Policy = $$"""
        {
          "event": { "start": "{{TimeProvider.System.GetUtcNow().AddMinutes(-10):yyyy-MM-ddTHH:mm:ssK}}", "phases": { "warm-up": "-2h", "peak": "0s", "steady": "30m" } },
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "shop": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s", "breaker": { "minRequests": 2, "window": "10s", "open": "2s" } } },
          "fallbacks": { "none": { "status": 200, "body": "none" } },
          "switches": { "off": { "routes": [ "shop" ], "do": { "fallback": "none" } } },
          "plans": { "night": { "steps": [ { "switch": "off" } ], "for": "1h", "when": { "phase": "peak" } } },
          "alarms": { "broken": { "metric": "breakers.open", "above": 0, "for": "0s", "severity": "page" } }
        }
        """;

    [Fact]
    public async Task Tells_switches_plans_policies_alarms_and_breakers_and_outlives_a_restart()
    {
        var folder = TestFolder.New("timeline-");
        try
        {
            string[] told;
            await using (var gateway = await TestGateway.StartAsync(Policy, static o => o, folder, ("origin", "http://127.0.0.1:9")))
            {
                await gateway.SwitchAsync("off", true);
                await gateway.SwitchAsync("off", false);
                using (await gateway.Admin.PostAsJsonAsync("api/plans/night/start", new { reason = "peak", by = "ann" }))
                using (await gateway.Admin.PostAsJsonAsync("api/plans/night/abort", new { reason = "calm", by = "bob" }))
                {
                }

                for (var i = 0; i < 4; i++)
                {
                    using var failed = await gateway.Client.GetAsync("/");
                }

                await Eventually.TrueAsync(async () => (await EntriesAsync(gateway)).Contains("alarm broken fires by –"), "the breaker's alarm is told");
                await File.WriteAllTextAsync(gateway.PolicyFile, "{");
                gateway.Host.Reload();
                await Eventually.TrueAsync(async () => (await EntriesAsync(gateway)).Any(static e => e.Contains(" rejected", StringComparison.Ordinal)), "the rejected policy is told");
                await File.WriteAllTextAsync(gateway.PolicyFile, TestGateway.Fill(Policy.Replace("\"5s\"", "\"6s\"", StringComparison.Ordinal), ("origin", "http://127.0.0.1:9")));
                gateway.Host.Reload();
                await Eventually.TrueAsync(async () => (await EntriesAsync(gateway)).Any(static e => e.EndsWith(" taken by file", StringComparison.Ordinal)), "the new policy is told");
                told = await EntriesAsync(gateway);
                var revision = gateway.Host.Store.Current.Revision;

                foreach (var expected in (string[])["switch off on by admin", "switch off off by admin", "plan night start by ann", "plan night aborted by bob", "breaker shop open by –", "alarm broken fires by –", $"policy {revision} taken by file"])
                {
                    Assert.Contains(expected, told);
                }

                var timeline = await gateway.Admin.GetFromJsonAsync<JsonElement>("api/timeline?last=1");
                Assert.Equal(1, timeline.GetProperty("entries").GetArrayLength());
                var promotion = timeline.GetProperty("event");
                Assert.Equal(("peak", "steady"), (promotion.GetProperty("phase").GetString(), promotion.GetProperty("next").GetString()));
                Assert.InRange(promotion.GetProperty("nextInSeconds").GetDouble(), 1100, 1200);
                Assert.Equal("night", promotion.GetProperty("phases")[1].GetProperty("plans")[0].GetString());
                var later = await gateway.Admin.GetFromJsonAsync<JsonElement>($"api/timeline?since={Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddHours(1).ToString("O"))}");
                Assert.Equal(0, later.GetProperty("entries").GetArrayLength());

                var (code, output, _) = await Verb.RunAsync("status", "--admin", gateway.Host.AdminAddress);
                Assert.Equal(0, code);
                Assert.Matches("event: peak for 1[0-9]m [0-9]+s; steady in (19|18)m", output);
                (code, output, _) = await Verb.RunAsync("top", "--admin", gateway.Host.AdminAddress);
                Assert.Equal(0, code);
                Assert.Matches("event: peak for 1[0-9]m [0-9]+s; steady in (19|18)m", output);
                Assert.Contains("breaker shop", output, StringComparison.Ordinal);
                (code, output, _) = await Verb.RunAsync("top", "--once", "--json", "--admin", gateway.Host.AdminAddress);
                Assert.Equal((0, "peak"), (code, JsonDocument.Parse(output).RootElement.GetProperty("event").GetProperty("phase").GetString()));
            }

            await using (var again = await TestGateway.StartAsync(null, static o => o, folder))
            {
                Assert.Superset(told.ToHashSet(), (await EntriesAsync(again)).ToHashSet());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string[]> EntriesAsync(TestGateway gateway) =>
    [
        .. (await gateway.Admin.GetFromJsonAsync<JsonElement>("api/timeline")).GetProperty("entries").EnumerateArray()
            .Select(static e => $"{e.GetProperty("kind")} {e.GetProperty("name")} {e.GetProperty("what")} by {(e.GetProperty("by").ValueKind == JsonValueKind.Null ? "–" : e.GetProperty("by"))}"),
    ];
}
