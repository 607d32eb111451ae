using System.Text.Json;
using SandGlass.Alarms;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Every word that an alarm can be set on, raised by what it is there for. Certificates are in <c>AdminTlsTests</c>.</summary>
public sealed class AlarmMetricTests
{
    private const string Policy = """
        {
          "fleet": { "redis": "@redis", "name": "alarms" },
          "edge": { "trustedProxies": [ "@list" ] },
          "shedding": { "maxWait": "2s" },
          "backends": {
            "marketing": { "destinations": { "a": "@slow" } },
            "tight": { "destinations": { "a": "@hang" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } },
            "half": { "destinations": { "a": "@slow", "b": "http://127.0.0.1:9" }, "health": { "path": "/healthz", "interval": "1s", "timeout": "500ms" } },
            "gone": { "destinations": { "a": "http://127.0.0.1:9" } }
          },
          "routes": {
            "slow":  { "chain": "marketing", "match": { "path": "/slow/{id}" }, "timeout": "10s", "hotKeys": { "key": "path:id", "promoteAt": 1 } },
            "tight": { "chain": "marketing", "backend": "tight", "criticality": "sheddable", "match": { "path": "/tight" }, "timeout": "10s" },
            "half":  { "chain": "marketing", "backend": "half", "match": { "path": "/half" } },
            "gone":  { "chain": "transaction", "backend": "gone", "match": { "path": "/gone" }, "breaker": { "minRequests": 2, "window": "10s", "open": "30s" } },
            "spare": { "chain": "marketing", "match": { "path": "/spare" }, "fallback": "good" }
          },
          "fallbacks": { "good": { "lastGood": "10m", "else": "busy", "exercise": "5s" }, "busy": { "body": "busy" } },
          "alarms": { @alarms }
        }
        """;

    // The level that what the test does goes beyond; and of two, whose requests are meant.
    private static readonly Dictionary<string, string> Levels = new(StringComparer.Ordinal)
    {
        ["latency.p50"] = "\"chain\": \"marketing\", \"above\": \"20ms\"",
        ["latency.p90"] = "\"chain\": \"marketing\", \"above\": \"20ms\"",
        ["latency.p95"] = "\"chain\": \"marketing\", \"above\": \"20ms\"",
        ["latency.p99"] = "\"chain\": \"marketing\", \"above\": \"20ms\"",
        ["availability"] = "\"chain\": \"transaction\", \"below\": 0.5",
        ["errors"] = "\"chain\": \"transaction\", \"above\": 0.1",
        ["shed.share"] = "\"criticality\": \"sheddable\", \"above\": 0.1",
        ["cpu"] = "\"above\": 0",
        ["memory"] = "\"above\": 0",
        ["disk"] = "\"above\": 0",
        // What a machine of a test run has of it is not ours to say: that it is measured.
        ["network"] = "\"below\": 1",
        ["network.loss"] = "\"below\": 1",
        ["certificate.left"] = "\"below\": \"14d\"",
        ["cidrFile.age"] = "\"above\": \"30d\"",
        ["breakers.open"] = "\"chain\": \"transaction\", \"above\": 0",
        ["backends.ejected"] = "\"above\": 0",
        ["queue"] = "\"above\": 0",
        ["fallback.broken"] = "\"above\": 0",
        ["fleet.lost"] = "\"above\": 0",
        ["redis.away"] = "\"above\": 0",
        ["policy.rejected"] = "\"above\": 0",
        ["hotKey.share"] = "\"above\": 0.5",
    };

    [Fact]
    public async Task Every_alarm_that_can_be_written_fires_when_it_should()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        Assert.Equal(AlarmMetric.Words.Order(StringComparer.Ordinal), Levels.Keys.Order(StringComparer.Ordinal));
        var alarms = string.Join(",\n", Levels.Select(static l => $"\"{l.Key.Replace('.', '-')}\": {{ \"metric\": \"{l.Key}\", {l.Value}, \"for\": \"0s\" }}"));
        using var held = new CancellationTokenSource();
        await using var slow = await TestOrigin.StartAsync(static async http => await Task.Delay(TimeSpan.FromMilliseconds(http.Request.Path == "/healthz" ? 0 : 60), TimeProvider.System, http.RequestAborted));
        await using var hang = await TestOrigin.StartAsync(http => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationTokenSource.CreateLinkedTokenSource(held.Token, http.RequestAborted).Token));
        await using var redis = await RedisServer.StartAsync();
        var list = Path.Combine(TestFolder.New("alarms-"), "ranges.txt");
        await File.WriteAllTextAsync(list, "# updated: 2026-01-01\n192.0.2.0/24\n");
        var policy = Policy.Replace("@alarms", alarms, StringComparison.Ordinal).Replace("@list", "file:" + list, StringComparison.Ordinal);
        (string, string)[] addresses = [("slow", slow.Address), ("hang", hang.Address), ("redis", redis.Address)];
        await using var gateway = await TestGateway.StartAsync(policy, addresses);
        var other = await TestGateway.StartAsync(policy, addresses);
        var quiet = new HashSet<string>(Levels.Keys.Select(static w => w.Replace('.', '-')), StringComparer.Ordinal);

        async Task<bool> HaveFiredAsync(params string[] names)
        {
            foreach (var alarm in JsonDocument.Parse(await gateway.Admin.GetStringAsync("api/alarms")).RootElement.EnumerateArray())
            {
                if (alarm.GetProperty("state").GetString() == "firing")
                {
                    quiet.Remove(alarm.GetProperty("name").GetString()!);
                }
            }

            return !names.Any(quiet.Contains);
        }

        Task FiredAsync(params string[] names) => Eventually.TrueAsync(() => HaveFiredAsync(names), () => $"these fire: {string.Join(", ", names)}; not yet {string.Join(", ", quiet)}");

        // As it starts: what is always so.
        await FiredAsync("cpu", "memory", "disk", "cidrFile-age", "backends-ejected", "fallback-broken");
        for (var i = 0; i < 4; i++)
        {
            using (await gateway.Client.GetAsync("/slow/1"))
            using (await gateway.Client.GetAsync("/gone"))
            {
            }
        }

        await FiredAsync("latency-p50", "latency-p90", "latency-p95", "latency-p99", "availability", "errors", "breakers-open", "hotKey-share");

        // One is under way, the others wait, and then it is too late for them.
        using var left = new CancellationTokenSource();
        Task[] crowd = [.. Enumerable.Range(0, 12).Select(async _ =>
        {
            try
            {
                using var answer = await gateway.Client.GetAsync("/tight", left.Token);
            }
            catch (OperationCanceledException)
            {
            }
        })];
        await FiredAsync("queue", "shed-share");
        await left.CancelAsync();
        await Task.WhenAll(crowd);

        await Eventually.TrueAsync(() => gateway.Host.State.Fleet.Members == 2, "the two are a fleet");
        await other.DisposeAsync();
        await FiredAsync("fleet-lost");
        await redis.KillAsync();
        await FiredAsync("redis-away");
        await File.WriteAllTextAsync(gateway.PolicyFile, "{");
        gateway.Host.Reload();
        await FiredAsync("policy-rejected");

        if (OperatingSystem.IsLinux())
        {
            await FiredAsync("network-loss");
        }

        quiet.ExceptWith(["certificate-left", "network"]);
        Assert.Empty(quiet);
        await held.CancelAsync();
        Directory.Delete(Path.GetDirectoryName(list)!, recursive: true);
    }
}
