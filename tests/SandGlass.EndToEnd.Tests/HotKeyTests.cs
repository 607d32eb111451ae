using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What is asked for most is found, whoever answers it.</summary>
public sealed class HotKeyTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": {
            "product": { "chain": "marketing", "match": { "path": "/products/{sku}" }, "coalesce": { "ttl": "1m" },
                         "hotKeys": { "key": "path:sku", "promoteAt": 5, "share": 0.3 } }
          }
        }
        """;

    [Fact]
    public async Task Tells_the_hottest_goods_and_how_many_calls_were_saved()
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("a product"));
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        for (var i = 0; i < 40; i++)
        {
            using var hot = await gateway.Client.GetAsync("/products/sku-7");
            using var cold = await gateway.Client.GetAsync("/products/sku-" + (100 + i));
        }

        using var answer = JsonDocument.Parse(await gateway.Admin.GetStringAsync("/api/hotkeys?top=3"));
        var route = Assert.Single(answer.RootElement.EnumerateArray());
        Assert.Equal(("product", "path:sku", 39), (route.GetProperty("route").GetString(), route.GetProperty("key").GetString(), route.GetProperty("callsSaved").GetInt32()));
        var keys = route.GetProperty("keys").EnumerateArray().ToArray();
        Assert.Equal(3, keys.Length);
        Assert.Equal(("sku-7", true), (keys[0].GetProperty("key").GetString(), keys[0].GetProperty("hot").GetBoolean()));
        Assert.False(keys[1].GetProperty("hot").GetBoolean());
        Assert.Contains("sandglass_hot_keys{route=\"product\"} 1", await gateway.Admin.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_hot_on_one_gateway_is_known_to_the_fleet_and_only_as_a_hash()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        await using var redis = await RedisServer.StartAsync();
        var policy = Policy.Replace("\"routes\"", "\"fleet\": { \"redis\": \"@redis\", \"name\": \"shop\" }, \"routes\"", StringComparison.Ordinal)
            .Replace("\"promoteAt\": 5", "\"promoteAt\": 40", StringComparison.Ordinal)
            .Replace("\"ttl\": \"1m\"", "\"ttl\": \"1m\", \"for\": \"hot\"", StringComparison.Ordinal);
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("a product"));
        await using var a = await TestGateway.StartAsync(policy, ("origin", origin.Address), ("redis", redis.Address));
        await using var b = await TestGateway.StartAsync(policy, ("origin", origin.Address), ("redis", redis.Address));
        await Eventually.TrueAsync(() => a.Host.State.Fleet.Members == 2 && b.Host.State.Fleet.Members == 2, "the two have met");

        await Eventually.TrueAsync(
            async () =>
            {
                for (var i = 0; i < 30; i++)
                {
                    (await a.Client.GetAsync("/products/sku-secret")).Dispose();
                }

                using var answer = await b.Client.GetAsync("/products/sku-secret");
                // On a quick machine it may be hot here, too, by what this loop asks.
                using var told = JsonDocument.Parse(await b.Admin.GetStringAsync("/api/hotkeys"));
                return answer.Header("Cache-Status") is not "sandglass; fwd=bypass; detail=cold"
                    && told.RootElement[0].GetProperty("keys").EnumerateArray().Any(static k => k.GetProperty("hotElsewhere").GetBoolean());
            },
            "the other knows it");

        Assert.DoesNotContain("sku-secret", await redis.AskAsync("HGETALL sandglass:{shop}:hints"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_becomes_hot_is_called_out_and_who_hears_the_call_asks_before_its_next_heartbeat()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        await using var redis = await RedisServer.StartAsync();
        var policy = Policy.Replace("\"routes\"", "\"fleet\": { \"redis\": \"@redis\", \"name\": \"soon\" }, \"routes\"", StringComparison.Ordinal);
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("a product"));
        await using var a = await TestGateway.StartAsync(policy, ("origin", origin.Address), ("redis", redis.Address));
        await using var b = await TestGateway.StartAsync(policy, ("origin", origin.Address), ("redis", redis.Address));
        await Eventually.TrueAsync(() => a.Host.State.Fleet.Members == 2 && b.Host.State.Fleet.Members == 2, "the two have met");

        using var listener = new System.Net.Sockets.TcpClient();
        await listener.ConnectAsync(IPAddress.Loopback, redis.Port);
        await using var heard = listener.GetStream();
        await heard.WriteAsync("SUBSCRIBE sandglass:{soon}:news\r\n"u8.ToArray());
        var buffer = new byte[4096];
        Assert.NotEqual(0, await heard.ReadAsync(buffer));
        var message = heard.ReadAsync(buffer).AsTask();
        await Eventually.TrueAsync(
            async () =>
            {
                (await a.Client.GetAsync("/products/sku-1")).Dispose();
                return message.IsCompleted;
            },
            "it is called out");
        Assert.Contains("message", Encoding.UTF8.GetString(buffer, 0, await message), StringComparison.Ordinal);

        // Five calls at the pace of heartbeats take 4.5 s; of who is called they take half of it.
        var (began, calls) = (TimeProvider.System.GetTimestamp(), b.Host.State.Fleet.Calls.Answered);
        await Eventually.TrueAsync(
            async () =>
            {
                await redis.AskAsync("PUBLISH sandglass:{soon}:news 1");
                return b.Host.State.Fleet.Calls.Answered >= calls + 5;
            },
            "it asks again and again");
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(3.6));
    }
}
