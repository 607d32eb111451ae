using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Alarms on a running gateway: seen by the API, the status and the metrics, told to a webhook, and written for Prometheus.</summary>
public sealed class AlarmTests
{
    private const string Policy = """
        {
          "name": "the-night",
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "shop": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } },
          "alarms": {
            "errors": { "description": "see the backend", "metric": "errors", "chain": "marketing", "above": 0.5, "for": "0s", "severity": "page" },
            "quiet":  { "metric": "breakers.open", "above": 5 }
          },
          "alarmWebhook": { "url": "@pager/hook" }
        }
        """;

    [Fact]
    public async Task An_alarm_is_seen_everywhere_and_told_to_the_webhook()
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<JsonElement>();
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var pager = await TestOrigin.StartAsync(async http =>
        {
            told.Enqueue(await JsonSerializer.DeserializeAsync<JsonElement>(http.Request.Body));
            http.Response.StatusCode = told.Count == 1 ? 503 : 200;
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address), ("pager", pager.Address));
        using (await gateway.Client.GetAsync("/"))
        {
        }

        await Eventually.TrueAsync(() => told.Count == 2, "the webhook was told, the second time successfully");
        var message = told.Last();
        Assert.Equal(("firing", "errors", "see the backend"), (
            message.GetProperty("status").GetString(),
            message.GetProperty("groupLabels").GetProperty("alertname").GetString(),
            message.GetProperty("commonAnnotations").GetProperty("description").GetString()));
        Assert.Equal(gateway.Host.AdminAddress, message.GetProperty("externalURL").GetString());

        var alarms = JsonDocument.Parse(await gateway.Admin.GetStringAsync("api/alarms")).RootElement;
        Assert.Equal(["errors firing page", "quiet quiet ticket"], alarms.EnumerateArray().Select(static a => $"{a.GetProperty("name")} {a.GetProperty("state")} {a.GetProperty("severity")}"));
        Assert.Equal("firing", (await gateway.StatusAsync()).GetProperty("alarms")[0].GetProperty("state").GetString());
        await Eventually.TrueAsync(
            async () => (await gateway.MetricsAsync()).Sum("sandglass_alarm_webhook_total", "result=\"sent\"") == 1, "the counter knows");
        var page = await gateway.MetricsAsync();
        Assert.Equal(1, page.Sum("sandglass_alarm_firing", "alarm=\"errors\"", "severity=\"page\""));
        Assert.Equal(0, page.Sum("sandglass_alarm_firing", "alarm=\"quiet\""));
        Assert.Equal(1, page.Sum("sandglass_alarm_webhook_total", "result=\"retried\""));

        var (code, output, _) = await Verb.RunAsync("alarms", "--admin", gateway.Host.AdminAddress);
        Assert.Equal(0, code);
        Assert.Matches(@"STATE +SEVERITY +ALARM +VALUE +WHEN\s+firing +page +errors +1 +errors of marketing above 0.5 for 0s", output);
    }

    [Fact]
    public async Task Promtool_accepts_every_alarm_that_can_be_written()
    {
        var promtool = Programs.Find("promtool");
        Assert.SkipWhen(promtool is null, Programs.Missing("promtool", "prometheus"));
        var folder = TestFolder.New("e2e-");
        try
        {
            var alarms = SandGlass.Alarms.AlarmMetric.All.SelectMany(static m => new[] { string.Empty, "\"chain\": \"marketing\",", "\"chain\": \"marketing\", \"criticality\": \"sheddable-plus\"," }
                .Take(m.OfRoutes ? 3 : 1)
                .Select((of, i) => $"\"a-{m.Word.Replace('.', '-')}-{i}\": {{ \"metric\": \"{m.Word}\", {of} \"above\": {(m.Unit == SandGlass.Alarms.AlarmUnit.Duration ? "\"1500ms\"" : "0.5")}, \"for\": \"1500ms\", \"description\": \"say \\\"{{{{ no }}}}\\\" \\\\ twice\" }}"));
            var policy = Path.Combine(folder, "policy.json");
            await File.WriteAllTextAsync(policy, $$"""
                {
                  "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
                  "routes": { "shop": { "chain": "marketing", "match": { "path": "/{**rest}" } } },
                  "alarms": { {{string.Join(",\n", alarms)}} }
                }
                """);
            var (code, rules, error) = await Verb.RunAsync("alarms", "--prometheus", "--policy", policy);
            Assert.True(code == 0, error);
            var file = Path.Combine(folder, "rules.yml");
            await File.WriteAllTextAsync(file, rules);

            using var check = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(promtool, $"check rules {file}") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var says = await check.StandardOutput.ReadToEndAsync() + await check.StandardError.ReadToEndAsync();
            await check.WaitForExitAsync();

            Assert.True(check.ExitCode == 0, says);
            Assert.Contains($"{rules.Split("- alert:").Length - 1} rules found", says, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
