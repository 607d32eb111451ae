namespace SandGlass.EndToEnd.Tests;

/// <summary>A client holds so many connections and no more; trusted proxies, who carry many clients, as many as they need.</summary>
public sealed class ConnectionCapTests
{
    private const string Capped = """
        {
          "edge": { "trustedProxies": [ @trusted ], "limits": { "connectionsPerClient": 3 } },
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } }
        }
        """;

    [Fact]
    public async Task One_connection_more_is_closed_unread_and_a_place_that_is_left_is_free_again()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Capped, ("origin", origin.Address), ("trusted", "\"192.0.2.1\""));
        var three = new List<RawClient>();
        for (var i = 0; i < 3; i++)
        {
            three.Add(await RawClient.ConnectAsync(gateway.Http));
            Assert.Equal(200, await AskAsync(three[^1]));
        }

        using var fourth = await RawClient.ConnectAsync(gateway.Http);
        Assert.Null(await AskAsync(fourth));
        Assert.All(await Task.WhenAll(three.Select(AskAsync)), static status => Assert.Equal(200, status));
        var metrics = await gateway.MetricsAsync();
        Assert.Equal(3, metrics.Sum("sandglass_connections"));
        Assert.Equal(1, metrics.Sum("sandglass_connections_refused_total"));

        three[0].Dispose();
        await Eventually.TrueAsync(async () => (await gateway.MetricsAsync()).Sum("sandglass_connections") == 2, "the place is free");
        using var next = await RawClient.ConnectAsync(gateway.Http);
        Assert.Equal(200, await AskAsync(next));

        three.ForEach(static c => c.Dispose());
        next.Dispose();
        await Eventually.TrueAsync(async () => (await gateway.MetricsAsync()).Sum("sandglass_connections") == 0, "nobody holds any");
    }

    [Fact]
    public async Task A_trusted_proxy_is_not_counted()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Capped, ("origin", origin.Address), ("trusted", "\"127.0.0.1\""));
        var many = new List<RawClient>();
        for (var i = 0; i < 8; i++)
        {
            many.Add(await RawClient.ConnectAsync(gateway.Http));
            Assert.Equal(200, await AskAsync(many[^1]));
        }

        var metrics = await gateway.MetricsAsync();
        Assert.Equal((0, 0), (metrics.Sum("sandglass_connections"), metrics.Sum("sandglass_connections_refused_total")));
        many.ForEach(static c => c.Dispose());
    }

    private static async Task<int?> AskAsync(RawClient client)
    {
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        return (await client.ReadAsync())?.Status;
    }
}
