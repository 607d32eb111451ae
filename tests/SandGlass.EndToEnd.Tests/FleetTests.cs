using System.Net.Http.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Two real gateways that share a limit over a real Redis.</summary>
[Collection(nameof(RealTime))]
public sealed class FleetTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "answer": "hello", "rateLimits": [ "together" ] } },
          "rateLimits": { "together": { "rate": "200/s", "burst": 10, "key": "route", "scope": "fleet" } },
          "fallbacks": { "hello": { "status": 200, "body": "hello" } },
          "fleet": { "redis": "@redis", "name": "shop" }
        }
        """;

    [Fact]
    public async Task Two_gateways_admit_the_rate_together_and_say_how_they_stand()
    {
        await using var redis = await RedisAsync();
        await using var a = await TestGateway.StartAsync(Policy, ("redis", redis.Address));
        await using var b = await TestGateway.StartAsync(
            Policy.Replace("@redis", "127.0.0.1:1", StringComparison.Ordinal),
            o => o with { Redis = redis.Address }, null);
        await TogetherAsync(a, b);
        await OverloadAsync(TimeSpan.FromSeconds(1), a, b);

        Assert.InRange(await OverloadAsync(TimeSpan.FromSeconds(3), a, b), 200 * 3 * 0.9, 200 * 3 * 1.1);

        var limit = (await a.StatusAsync()).GetProperty("rateLimits")[0];
        Assert.Equal(("together", "fleet", 2, "up"), (
            limit.GetProperty("rule").GetString(), limit.GetProperty("scope").GetString(), limit.GetProperty("members").GetInt32(), limit.GetProperty("redis").GetString()));
        Assert.InRange(limit.GetProperty("bound").GetDouble(), 10, 200);
        Assert.True(limit.GetProperty("lease").GetDouble() >= 0);
        var metrics = await a.MetricsAsync();
        Assert.Equal((2.0, 1.0), (metrics.Sum("sandglass_fleet_members"), metrics.Sum("sandglass_fleet_up")));
        Assert.True(metrics.Sum("sandglass_redis_calls_total", "result=\"answered\"") > 5);
        using var explained = await a.Admin.PostAsJsonAsync("api/explain", new { method = "GET", url = "/x" });
        Assert.Matches("shared by 2, [0-9.]+ leased here, Redis up", await explained.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_reload_keeps_leases_and_a_hung_Redis_changes_nothing_for_readiness()
    {
        await using var redis = await RedisAsync();
        await using var a = await TestGateway.StartAsync(Policy, ("redis", redis.Address));
        await TogetherAsync(a);
        await OverloadAsync(TimeSpan.FromSeconds(1), a);
        var limit = a.Host.Store.Current.Fleet!.Limits[0].Limit;
        await a.ReloadAsync(Policy.Replace("200/s", "300/s", StringComparison.Ordinal));

        Assert.Same(limit, a.Host.Store.Current.Fleet!.Limits[0].Limit);
        await redis.StopAsync();
        await Eventually.TrueAsync(async () => (await a.StatusAsync()).GetProperty("rateLimits")[0].GetProperty("redis").GetString() == "down", "Redis is seen to hang");
        using var ready = await a.Admin.GetAsync("readyz");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.InRange(await OverloadAsync(TimeSpan.FromSeconds(2), a), 300 * 2 * 0.9, 300 * 2 * 1.1);
        await redis.ContinueAsync();
    }

    [Fact]
    public async Task Starts_without_Redis()
    {
        await using var a = await TestGateway.StartAsync(Policy, ("redis", "127.0.0.1:1"));
        using var answer = await a.Client.GetAsync("/x");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("down", (await a.StatusAsync()).GetProperty("rateLimits")[0].GetProperty("redis").GetString());
    }

    [Fact]
    public async Task A_gateway_that_starts_while_Redis_is_away_remembers_how_many_they_were()
    {
        var folder = TestFolder.New("fleet-");
        try
        {
            await using var redis = await RedisAsync();
            await using var b = await TestGateway.StartAsync(Policy, ("redis", redis.Address));
            await using (var a = await TestGateway.StartAsync(Policy, static o => o, folder, ("redis", redis.Address)))
            {
                await TogetherAsync(a, b);
                await Eventually.TrueAsync(() => File.Exists(Path.Combine(folder, "state", "fleet.json")), "it is kept");
            }

            await redis.KillAsync();
            await using var again = await TestGateway.StartAsync(null, static o => o, folder);
            Assert.Equal(2, again.Host.State.Fleet.Members);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task TogetherAsync(params TestGateway[] gateways) => Eventually.TrueAsync(
        () => gateways.All(g => g.Host.State.Fleet.IsUp && g.Host.State.Fleet.Members == gateways.Length), "all know each other");

    // Each is asked as fast as two connections can; returns how many were admitted.
    private static async Task<long> OverloadAsync(TimeSpan span, params TestGateway[] gateways)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        var admitted = await Task.WhenAll(gateways.SelectMany(static g => Enumerable.Repeat(g, 2)).Select(async gateway =>
        {
            long count = 0;
            while (time.GetElapsedTime(began) < span)
            {
                using var answer = await gateway.Client.GetAsync("/x");
                count += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
            }

            return count;
        }));
        return admitted.Sum();
    }

    private static Task<RedisServer> RedisAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        return RedisServer.StartAsync();
    }
}
