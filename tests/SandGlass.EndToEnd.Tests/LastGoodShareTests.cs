using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Last good answers outlive their gateway, and reach the others of its fleet.</summary>
[Collection(nameof(RealTime))]
public sealed class LastGoodShareTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}", "hosts": [ "shop.example" ] }, "fallback": "good" } },
          "breakers": { "default": { "mode": "off" } },
          "lastGood": { "persist": @persist },
          "fallbacks": { "good": { "lastGood": "10m", "else": "busy" }, "busy": { "body": "busy" } } @fleet
        }
        """;

    private static Task<TestGateway> StartAsync(TestOrigin origin, bool persist = false, string fleet = "", IDistributedCache? cache = null, string? folder = null, bool writes = true) =>
        TestGateway.StartAsync(
            writes ? Policy.Replace("@persist", persist ? "true" : "false", StringComparison.Ordinal).Replace("@fleet", fleet, StringComparison.Ordinal) : null,
            o => o with { SharedAnswers = cache },
            folder,
            ("origin", origin.Address));

    private static async Task<(int Status, string Text, string? Age)> AskAsync(TestGateway gateway, string target)
    {
        using var answer = await gateway.Client.GetAsync(target, ("Host", "shop.example"));
        return ((int)answer.StatusCode, await answer.TextAsync(), answer.Header("Age"));
    }

    [Fact]
    public async Task They_outlive_a_restart()
    {
        var folder = TestFolder.New("e2e-");
        try
        {
            await using var origin = await TestOrigin.SayingAsync("good");
            await using (var before = await StartAsync(origin, persist: true, folder: folder))
            {
                Assert.Equal((200, "good", null), await AskAsync(before, "/x"));
            }

            origin.Answer = static http =>
            {
                http.Response.StatusCode = 503;
                return Task.CompletedTask;
            };
            await using var after = await StartAsync(origin, folder: folder, writes: false);
            var (status, text, age) = await AskAsync(after, "/x");
            Assert.Equal((200, "good"), (status, text));
            Assert.NotNull(age);
            Assert.Equal((503, "busy", null), await AskAsync(after, "/y"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Two_gateways_share_them_through_any_distributed_cache()
    {
        var cache = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        await using var origin = await TestOrigin.SayingAsync("good");
        await using var a = await StartAsync(origin, cache: cache);
        await using var b = await StartAsync(origin, cache: cache);

        await ShareAsync(origin, a, b);
    }

    [Fact]
    public async Task Two_gateways_share_them_through_the_fleets_Redis_and_serve_on_without_it()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        await using var redis = await RedisServer.StartAsync();
        var fleet = $", \"fleet\": {{ \"redis\": \"{redis.Address}\", \"name\": \"answers\" }}";
        await using var origin = await TestOrigin.SayingAsync("good");
        await using var a = await StartAsync(origin, fleet: fleet);
        await using var b = await StartAsync(origin, fleet: fleet);

        await ShareAsync(origin, a, b);

        Assert.Contains(":1\r\n", await redis.AskAsync("HLEN sandglass:{answers}:answers"), StringComparison.Ordinal);
        await redis.KillAsync();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal((200, "good"), (await AskAsync(b, "/x")) is var (status, text, _) ? (status, text) : default);
            Assert.Equal(503, (await AskAsync(b, $"/unknown/{i}")).Status);
        }
    }

    [Fact]
    public async Task What_the_fleet_shares_is_bounded_and_the_oldest_goes()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        await using var redis = await RedisServer.StartAsync();
        using var cache = new SandGlass.Fleet.FleetAnswers(
            () => new("bound", SandGlass.Fleet.RedisAddress.TryParse(redis.Address, out _)), static () => 100_000, TimeProvider.System);
        for (var i = 0; i < 30; i++)
        {
            await cache.SetAsync($"k{i}", new byte[10_000], new(), Xunit.TestContext.Current.CancellationToken);
        }

        await cache.SetAsync("k29", new byte[10_000], new(), Xunit.TestContext.Current.CancellationToken);
        Assert.Null(await cache.GetAsync("k0", Xunit.TestContext.Current.CancellationToken));
        Assert.Equal(10_000, (await cache.GetAsync("k29", Xunit.TestContext.Current.CancellationToken))?.Length);
        Assert.Contains("100000", await redis.AskAsync("GET sandglass:{bound}:answers:bytes"), StringComparison.Ordinal);
        Assert.Contains(":10\r\n", await redis.AskAsync("HLEN sandglass:{bound}:answers"), StringComparison.Ordinal);
        await cache.RemoveAsync("k29", Xunit.TestContext.Current.CancellationToken);
        Assert.Null(await cache.GetAsync("k29", Xunit.TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_became_one_clients_own_is_taken_out_of_the_fleets_Redis()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        await using var redis = await RedisServer.StartAsync();
        var fleet = $", \"fleet\": {{ \"redis\": \"{redis.Address}\", \"name\": \"drop\" }}";
        await using var origin = await TestOrigin.SayingAsync("good");
        await using var a = await StartAsync(origin, fleet: fleet);
        await AskAsync(a, "/x");
        await Eventually.TrueAsync(() => a.Host.State.LastGood!.Shared.Pushed.Sum() >= 1, "it is given to the fleet");

        // Another gateway, which has never had it, hears first that it is somebody's now; and Redis is away just then.
        await using var b = await StartAsync(origin, fleet: fleet);
        origin.Answer = static http =>
        {
            http.Response.Headers.CacheControl = "private";
            return http.Response.WriteAsync("mine");
        };
        await redis.StopAsync();
        Assert.Equal("mine", (await AskAsync(b, "/x")).Text);
        await redis.ContinueAsync();

        await Eventually.TrueAsync(async () => (await redis.AskAsync("HLEN sandglass:{drop}:answers")).Contains(":0\r\n", StringComparison.Ordinal), "it is taken out");
        await using var c = await StartAsync(origin, fleet: fleet);
        origin.Answer = static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        Assert.Equal(503, (await AskAsync(c, "/x")).Status);
        await Eventually.TrueAsync(() => c.Host.State.LastGood!.Shared.Absent.Sum() >= 1, "it asks the fleet");
        Assert.Equal(503, (await AskAsync(c, "/x")).Status);
    }

    private static async Task ShareAsync(TestOrigin origin, TestGateway a, TestGateway b)
    {
        Assert.Equal((200, "good", null), await AskAsync(a, "/x"));
        await Eventually.TrueAsync(() => a.Host.State.LastGood!.Shared.Pushed.Sum() >= 1, "the first gateway gives what it has");
        origin.Answer = static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };

        // The first request that needs it asks for it, the next has it.
        await Eventually.TrueAsync(async () => await AskAsync(b, "/x") is { Status: 200, Text: "good", Age: not null }, "the second gateway has it too");
        Assert.Equal(503, (await AskAsync(b, "/y")).Status);
        Assert.Equal(1, b.Host.State.LastGood!.Shared.Pulled.Sum());
    }
}
