using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What operators see of fallbacks before they need them.</summary>
public sealed class FallbackStatusTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "fallback": "good" } },
          "fallbacks": { "good": { "lastGood": "10m", "else": "busy", "exercise": "5s" }, "busy": { "body": "busy" } },
          "alarms": { "no-fallback": { "metric": "fallback.broken", "above": 0, "for": "0s" } }
        }
        """;

    [Fact]
    public async Task Status_metrics_and_alarm_tell_which_was_shown_to_work_and_which_is_not_there()
    {
        await using var origin = await TestOrigin.SayingAsync("good");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await Eventually.TrueAsync(async () => Broken(await gateway.StatusAsync(), "good") == "no good answer is known of all", "the empty lastGood is told");
        Assert.Contains("warn fallback good: the gateway could not give it: no good answer is known of all", await CheckAsync(gateway), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => State(await gateway.StatusAsync()) == "firing", "the alarm fires");
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_fallback_broken"));

        Assert.Equal("good", await gateway.Client.GetStringAsync("/x"));
        await Eventually.TrueAsync(async () => Broken(await gateway.StatusAsync(), "good") is null, "it is there now");

        var status = await gateway.StatusAsync();
        var good = Of(status, "good");
        Assert.Equal(("last-good", "busy", "synthetic", "all"), (
            good.GetProperty("kind").GetString(), good.GetProperty("else").GetString(), good.GetProperty("provenBy").GetString(), good.GetProperty("routes")[0].GetString()));
        Assert.InRange(good.GetProperty("provenSecondsAgo").GetDouble(), 0, 30);
        Assert.Equal("synthetic", Of(status, "busy").GetProperty("provenBy").GetString());
        Assert.Equal(1, status.GetProperty("lastGood").GetProperty("keys").GetInt32());
        var metrics = await gateway.MetricsAsync();
        Assert.Equal((0.0, 1.0), (metrics.Sum("sandglass_fallback_broken"), metrics.Sum("sandglass_last_good_total", "result=\"kept\"")));
        Assert.True(metrics.Sum("sandglass_fallback_total", "by=\"synthetic\"") >= 2);
        Assert.Contains("ok   fallback good: the gateway has good answers to repeat", await CheckAsync(gateway), StringComparison.Ordinal);
        await PromtoolTests.AcceptsAsync(gateway);
    }

    private static async Task<string> CheckAsync(TestGateway gateway) =>
        (await Verb.RunAsync("check", gateway.PolicyFile, "--probe", "--admin", gateway.Admin.BaseAddress!.ToString())).Output;

    private static JsonElement Of(JsonElement status, string name) => status.GetProperty("fallbacks").EnumerateArray().Single(f => f.GetProperty("name").GetString() == name);

    private static string? Broken(JsonElement status, string name) => Of(status, name).GetProperty("broken").GetString();

    private static string? State(JsonElement status) => status.GetProperty("alarms")[0].GetProperty("state").GetString();
}
