using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Plans through the admin API and the verbs: what they would do, doing it, taking it back; over a restart too.</summary>
public sealed class PlanTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": {
            "reviews": { "chain": "marketing", "match": { "path": "/reviews" }, "timeout": "5s" },
            "rest":    { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" }
          },
          "fallbacks": { "none": { "status": 200, "json": [] } },
          "switches": {
            "reviews-off": { "routes": [ "reviews" ], "do": { "fallback": "none" } },
            "rest-off":    { "routes": [ "rest" ], "do": { "refuse": { "retryAfter": "30s" } } }
          },
          "alarms": { "loud": { "metric": "queue", "below": 1, "for": "0s" } },
          "plans": {
            "zero-hour": { "description": "First half hour", "owner": "sre", "steps": [ { "switch": "reviews-off" }, { "switch": "rest-off", "after": "1h" } ], "for": "2h" },
            "careful":   { "steps": [ { "switch": "rest-off" } ], "needs": { "quiet": [ "loud" ] } }
          }
        }
        """;

    [Fact]
    public async Task A_plan_tells_what_it_would_do_does_it_and_takes_it_back()
    {
        await using var origin = await TestOrigin.SayingAsync("many");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));

        var dry = await PostAsync(gateway, "zero-hour/start", new { reason = "what if", dryRun = true });
        Assert.Equal((200, "idle", "reviews"), (dry.Status, Text(dry.Body, "state"), dry.Body.GetProperty("steps")[0].GetProperty("effect").GetProperty("routes")[0].GetString()));
        Assert.Equal("it was never rehearsed; start it with --rehearse", dry.Body.GetProperty("warnings")[0].GetString());
        Assert.Equal("many", await gateway.Client.GetStringAsync("/reviews"));
        Assert.False(File.Exists(Path.Combine(gateway.Folder, "state", "audit.jsonl")));

        var started = await PostAsync(gateway, "zero-hour/start", new { reason = "zero hour", by = "anna" });
        Assert.Equal((200, "running", 1, "anna"), (started.Status, Text(started.Body, "state"), started.Body.GetProperty("done").GetInt32(), Text(started.Body, "by")));
        Assert.Equal("[]", await gateway.Client.GetStringAsync("/reviews"));
        Assert.Equal(409, (await PostAsync(gateway, "zero-hour/start", new { reason = "again" })).Status);

        Assert.Equal(200, (await PostAsync(gateway, "zero-hour/revert", new { reason = "over" })).Status);
        Assert.Equal("many", await gateway.Client.GetStringAsync("/reviews"));
        Assert.Equal(409, (await PostAsync(gateway, "zero-hour/abort", new { reason = "again" })).Status);
        Assert.Equal(4, (await File.ReadAllLinesAsync(Path.Combine(gateway.Folder, "state", "audit.jsonl"))).Length);
    }

    [Theory]
    [InlineData("nothing/start", """{"reason":"x"}""", 404)]
    [InlineData("zero-hour/start", """{}""", 422)]
    [InlineData("zero-hour/start", """{"reason":" "}""", 422)]
    [InlineData("zero-hour/start", """null""", 422)]
    [InlineData("zero-hour/start", """nonsense""", 400)]
    [InlineData("zero-hour/start", """{"reason":"x","force":true}""", 400)]
    [InlineData("zero-hour/revert", """{"reason":"x"}""", 409)]
    [InlineData("careful/start", """{"reason":"x"}""", 409)]
    public async Task A_wrong_order_changes_nothing(string path, string body, int status)
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));

        using var answer = await gateway.Admin.PostAsync($"api/plans/{path}", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_switch_on"));
        Assert.False(File.Exists(Path.Combine(gateway.Folder, "state", "audit.jsonl")));
    }

    [Fact]
    public async Task A_plan_goes_on_after_a_restart_and_ends_by_itself()
    {
        var folder = TestFolder.New("e2e-");
        try
        {
            await using (var gateway = await TestGateway.StartAsync(Policy, static o => o, folder, ("origin", "http://127.0.0.1:9")))
            {
                await PostAsync(gateway, "zero-hour/start", new { reason = "zero hour" });
            }

            var time = new LeapTime();
            await using var origin = await TestOrigin.SayingAsync("many");
            await using var again = await TestGateway.StartAsync(Policy, o => o with { Time = time }, folder, ("origin", origin.Address));
            Assert.Equal("[]", await again.Client.GetStringAsync("/reviews"));

            time.Leap(TimeSpan.FromMinutes(61));
            await Eventually.TrueAsync(async () => (await again.MetricsAsync()).Sum("sandglass_switch_on") == 2, "the second step is done");
            time.Leap(TimeSpan.FromMinutes(61));
            await Eventually.TrueAsync(async () => (await again.MetricsAsync()).Sum("sandglass_switch_on") == 0, "it is over");
            Assert.Equal("many", await again.Client.GetStringAsync("/reviews"));
            Assert.Equal("ended", JsonDocument.Parse(await again.Admin.GetStringAsync("api/plans/zero-hour")).RootElement.GetProperty("last").GetProperty("how").GetString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_verbs_show_and_throw()
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));
        var admin = gateway.Host.AdminAddress;

        var list = await Verb.RunAsync("plan", "list", "--admin", admin);
        Assert.Matches(@"STATE +PLAN +STEPS +GATEWAYS +OWNER +WHEN +UNTIL +NOTE\s+idle +zero-hour +0/2 +– +sre +– +– +it was never rehearsed", list.Output);

        var start = await Verb.RunAsync("plan", "start", "zero-hour", "--reason", "zero hour", "--admin", admin);
        Assert.Equal(0, start.Code);
        Assert.Matches(@"zero-hour: running\s+STEP +AFTER +NOW +PER SECOND +OF TRAFFIC +ROUTES\s+reviews-off +0s +on", start.Output);

        var status = await Verb.RunAsync("status", "--admin", admin);
        Assert.Contains("plan     zero-hour running, 1 of 2 steps", status.Output, StringComparison.Ordinal);
        Assert.Contains("alarm    loud firing (ticket): queue below 1 for 0s", status.Output, StringComparison.Ordinal);
        Assert.Contains("switch   reviews-off on, by admin, plan zero-hour: zero hour", status.Output, StringComparison.Ordinal);

        var json = await Verb.RunAsync("plan", "list", "--json", "--admin", admin);
        Assert.Equal("running", Text(JsonDocument.Parse(json.Output).RootElement[0], "state"));

        var refused = await Verb.RunAsync("plan", "start", "careful", "--reason", "x", "--admin", admin);
        Assert.Equal((1, "sandglass: careful: it must not start: it is not so that the alarm loud is quiet\n"), (refused.Code, refused.Error));
        Assert.Equal(0, (await Verb.RunAsync("plan", "abort", "zero-hour", "--reason", "x", "--admin", admin)).Code);
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_switch_on"));
        Assert.Equal(2, (await Verb.RunAsync("plan", "start", "zero-hour", "--admin", admin)).Code);
    }

    private static async Task<(int Status, JsonElement Body)> PostAsync(TestGateway gateway, string path, object body)
    {
        using var answer = await gateway.Admin.PostAsJsonAsync($"api/plans/{path}", body);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    private static string? Text(JsonElement one, string name) => one.GetProperty(name).GetString();
}
