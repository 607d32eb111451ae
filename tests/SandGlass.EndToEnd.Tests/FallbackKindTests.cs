using Microsoft.AspNetCore.Http;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The kinds of degraded answers and their chains, over real sockets.</summary>
public sealed class FallbackKindTests
{
    private const string Policy = """
        {
          "backends": {
            "marketing": { "destinations": { "a": "@origin" } },
            "spare":     { "destinations": { "a": "@spare" }, "concurrency": { "initial": 4, "max": 4 } }
          },
          "routes": {
            "moved": { "chain": "marketing", "match": { "path": "/moved" }, "fallback": "elsewhere" },
            "empty": { "chain": "marketing", "match": { "path": "/empty" }, "fallback": "nothing" },
            "all":   { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "10s", "fallback": "ask-spare" }
          },
          "breakers": { "default": { "mode": "off" } },
          "fallbacks": {
            "elsewhere": { "redirect": "https://status.example/shop" },
            "nothing":   { "empty": true },
            "ask-spare": { "backend": "spare", "else": "good" },
            "good":      { "lastGood": "1m", "else": "busy" },
            "busy":      { "body": "busy" }
          },
          "switches": { "to-spare": { "routes": [ "all" ], "do": { "fallback": "ask-spare" } } }
        }
        """;

    private static Task Break(HttpContext http)
    {
        http.Response.StatusCode = 502;
        return http.Response.WriteAsync("broken");
    }

    [Fact]
    public async Task Sends_elsewhere_or_gives_nothing()
    {
        await using var origin = await TestOrigin.StartAsync(Break);
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address), ("spare", origin.Address));
        using var moved = await gateway.Client.GetAsync("/moved");
        using var empty = await gateway.Client.GetAsync("/empty");

        Assert.Equal((302, "https://status.example/shop", "no-store"), ((int)moved.StatusCode, moved.Header("Location"), moved.Header("Cache-Control")));
        Assert.Equal((204, ""), ((int)empty.StatusCode, await empty.TextAsync()));
        Assert.All([moved, empty], static answer => Assert.Equal("sandglass; error=proxy_internal_response; details=\"forward/marketing\"", answer.Header("Proxy-Status")));
        await gateway.SettleAsync(2);
        Assert.Equal(2, gateway.Count("fallback", "forward"));
    }

    [Fact]
    public async Task What_another_backend_takes_is_learned_for_the_route_that_asks_it()
    {
        await using var origin = await TestOrigin.StartAsync(Break);
        await using var spare = await TestOrigin.SayingAsync("spare");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address), ("spare", spare.Address));
        var (state, limit) = (gateway.Host.State, gateway.Host.State.Gates["spare"].Limit);

        await Eventually.TrueAsync(
            async () => await gateway.Client.GetStringAsync("/x") == "spare" && limit.BaseOf(state.RouteSlot("all")) > 0,
            "the route has a base there");

        Assert.All(["moved", "empty"], other => Assert.Equal(0, limit.BaseOf(state.RouteSlot(other))));
    }

    [Fact]
    public async Task Where_answers_are_shared_another_backends_says_that_it_went_by_the_cache()
    {
        await using var origin = await TestOrigin.SayingAsync("first");
        await using var spare = await TestOrigin.SayingAsync("spare");
        var policy = Policy.Replace("\"fallback\": \"ask-spare\" }\n", "\"fallback\": \"ask-spare\", \"coalesce\": { \"ttl\": \"1m\" } }\n", StringComparison.Ordinal);
        await using var gateway = await TestGateway.StartAsync(policy, ("origin", origin.Address), ("spare", spare.Address));
        using var first = await gateway.Client.GetAsync("/x");
        await gateway.SwitchAsync("to-spare", on: true);

        using var second = await gateway.Client.GetAsync("/x");

        Assert.Equal("first", await first.TextAsync());
        Assert.StartsWith("sandglass; fwd=miss; stored; ttl=", first.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.Equal(("spare", "sandglass; fwd=bypass"), (await second.TextAsync(), second.Header("Cache-Status")));
    }

    [Fact]
    public async Task Another_backend_answers_and_what_comes_after_it_when_it_fails_too()
    {
        await using var origin = await TestOrigin.SayingAsync("first");
        await using var spare = await TestOrigin.StartAsync(static async http =>
        {
            http.Response.StatusCode = 201;
            await http.Response.WriteAsync($"spare {http.Request.Method} ");
            await http.Request.Body.CopyToAsync(http.Response.Body);
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address), ("spare", spare.Address));
        Assert.Equal("first", await gateway.Client.GetStringAsync("/x"));
        origin.Answer = Break;

        using var other = await gateway.Client.GetAsync("/x", ("Cookie", "a=b"));
        using var post = await gateway.Client.SendAsync(HttpMethod.Post, "/x", new StringContent("order"));
        await gateway.SwitchAsync("to-spare", true);
        using var switched = await gateway.Client.SendAsync(HttpMethod.Post, "/x", new StringContent("order"));
        await gateway.SwitchAsync("to-spare", false);
        spare.Answer = Break;
        using var good = await gateway.Client.GetAsync("/x");
        using var busy = await gateway.Client.GetAsync("/y");

        Assert.Equal((201, "spare GET "), ((int)other.StatusCode, await other.TextAsync()));
        Assert.Equal("sandglass; error=proxy_internal_response; details=\"forward/marketing\"", other.Header("Proxy-Status"));
        Assert.Equal("a=b", spare.Arrivals[0]["Cookie"]);
        // It may have been done, so it is not sent once more.
        Assert.Equal((503, "busy"), ((int)post.StatusCode, await post.TextAsync()));
        Assert.Equal((201, "spare POST order"), ((int)switched.StatusCode, await switched.TextAsync()));
        Assert.Equal((200, "first"), ((int)good.StatusCode, await good.TextAsync()));
        Assert.Equal((503, "busy"), ((int)busy.StatusCode, await busy.TextAsync()));
        await gateway.SettleAsync(6);
        Assert.Equal((1, 4, 1), (gateway.Count("served"), gateway.Count("fallback", "forward"), gateway.Count("fallback", "switch")));
        Assert.All(gateway.Host.Store.Current.Backends.Values, static backend => Assert.Equal(0, backend.Gate.State.Gate.InFlight));
    }

    [Fact]
    public async Task Another_backend_is_given_no_more_than_it_bears()
    {
        await using var origin = await TestOrigin.StartAsync(Break);
        using var release = new SemaphoreSlim(0);
        await using var spare = await TestOrigin.StartAsync(async http =>
        {
            await release.WaitAsync();
            await http.Response.WriteAsync("spare");
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address), ("spare", spare.Address));

        var asked = Enumerable.Range(0, 12).Select(_ => gateway.Client.GetStringAsync("/x")).Select(static async answer =>
        {
            try
            {
                return await answer;
            }
            catch (HttpRequestException refused)
            {
                return refused.StatusCode.ToString()!;
            }
        }).ToArray();
        await Eventually.TrueAsync(() => gateway.Count("fallback") == 8, "those for whom there is no room are answered");
        release.Release(12);

        var answers = await Task.WhenAll(asked);
        Assert.Equal((4, 8), (answers.Count(static a => a == "spare"), answers.Count(static a => a == "ServiceUnavailable")));
        Assert.Equal(4, spare.Count);
    }

    [Theory]
    [InlineData("Accept: text/event-stream")]
    [InlineData("Accept: */*")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")]
    public async Task A_stream_from_another_backend_holds_no_permit_of_it(string asks)
    {
        await using var origin = await TestOrigin.StartAsync(Break);
        await using var spare = new RawOrigin(async exchange =>
        {
            await exchange.WriteAsync(asks.Contains("Upgrade", StringComparison.Ordinal)
                ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
            await exchange.HangAsync();
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address), ("spare", spare.Address));
        var gate = gateway.Host.State.Gates["spare"].Gate;
        var clients = new List<RawClient>();

        // More than the four that it is given at once: none of them is answered while another's stream counts as under way.
        for (var i = 0; i < 6; i++)
        {
            clients.Add(await RawClient.ConnectAsync(gateway.Http));
            await clients[i].SendAsync($"GET /x HTTP/1.1\r\nHost: a\r\n{asks}\r\n\r\n");
            Assert.Matches("^HTTP/1.1 (200|101) ", await clients[i].ReadSomeAsync());
        }

        Assert.Equal(0, gate.InFlight);
        clients.ForEach(static client => client.Dispose());
        await gateway.SettleAsync(6);
        Assert.Equal(0, gate.InFlight);
    }
}
