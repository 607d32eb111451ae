using Microsoft.AspNetCore.Http.Features;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What a client still waits for: told to backends, held to, and not held against them where they had no chance.</summary>
public sealed class DeadlineTests
{
    private const string One = """
        {
          "edge": { "trustedProxies": [ "127.0.0.0/8" ] },
          "backends": { "marketing": { "destinations": { "a": "@a" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } } },
          "routes": {
            "long":  { "chain": "marketing", "match": { "path": "/long/{**rest}" }, "timeout": "20s" },
            "short": { "chain": "marketing", "match": { "path": "/short/{**rest}" }, "timeout": "300ms" },
            "paced": { "chain": "marketing", "match": { "path": "/paced/{**rest}" }, "timeout": "300ms", "rateLimits": [ "turns" ] }
          },
          "rateLimits": { "turns": { "algorithm": "paced", "rate": "2/s", "key": "route", "maxWait": "2s" } },
          "shedding": { "maxWait": "5s" },
          "breakers": { "default": { "minRequests": 1, "failureRatio": 0.1 } }
        }
        """;

    [Fact]
    public async Task Waiting_in_the_queue_is_part_of_it_and_what_is_left_is_told()
    {
        var go = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(One, ("a", origin.Address));
        var time = TimeProvider.System;
        var first = gateway.Client.GetAsync("/long/1");
        await Eventually.TrueAsync(() => origin.Count == 1, "the backend is busy");
        var began = time.GetTimestamp();
        var second = gateway.Client.GetAsync("/long/2");
        await Eventually.TrueAsync(() => time.GetElapsedTime(began) > TimeSpan.FromMilliseconds(900), "it waits a while");

        go.Release(2);
        using var one = await first;
        using var two = await second;

        Assert.InRange(int.Parse(origin.Arrivals[0]["X-SandGlass-Deadline-Ms"]!, null), 19_000, 20_000);
        Assert.InRange(int.Parse(origin.Arrivals[1]["X-SandGlass-Deadline-Ms"]!, null), 1, 19_500);
    }

    [Fact]
    public async Task Whose_time_is_up_is_not_sent()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(One, ("a", origin.Address));

        // Turns are 500 ms apart, and the route's time is 300 ms.
        using var first = await gateway.Client.GetAsync("/paced/1");
        using var late = await gateway.Client.GetAsync("/paced/2");

        Assert.Equal((200, 504), ((int)first.StatusCode, (int)late.StatusCode));
        Assert.Equal("sandglass; error=http_response_timeout; details=\"forward/marketing\"", late.Header("Proxy-Status"));
        Assert.Equal("/paced/1", origin.Only.Target);
        await gateway.SettleAsync(2);
        Assert.Equal(1, gateway.Count("failed", "forward", "paced"));
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_deadline_expired_total", "route=\"paced\""));
        // Nothing was held against the backend, which never saw it.
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_breaker_state", "route=\"paced\""));
    }

    [Fact]
    public async Task A_trusted_proxy_may_shorten_it_and_the_backend_is_not_blamed()
    {
        await using var origin = await TestOrigin.StartAsync(static async http =>
        {
            var left = new TaskCompletionSource();
            await using (http.RequestAborted.Register(left.SetResult))
            {
                await left.Task;
            }
        });
        await using var gateway = await TestGateway.StartAsync(One, ("a", origin.Address));
        var began = TimeProvider.System.GetTimestamp();

        using var answer = await AskAsync(gateway, "/long/1", "200");

        Assert.Equal(504, (int)answer.StatusCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.19, 8);
        Assert.InRange(int.Parse(origin.Only["X-SandGlass-Deadline-Ms"]!, null), 1, 200);
        await gateway.SettleAsync(1);
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_breaker_state", "route=\"long\""));
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_backend_requests_total", "result=\"ignored\""));
    }

    [Theory]
    [InlineData("99999", true, 300)]       // never longer than the route's
    [InlineData("soon", true, 300)]
    [InlineData("-5", true, 300)]
    [InlineData("99999999999", true, 300)]
    [InlineData("100", false, 300)]        // a stranger's
    public async Task Nobody_lengthens_it_and_strangers_say_nothing(string header, bool trusted, int most)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(
            trusted ? One : One.Replace("127.0.0.0/8", "192.0.2.1", StringComparison.Ordinal), ("a", origin.Address));

        using var answer = await AskAsync(gateway, "/short/1", header);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.InRange(int.Parse(origin.Only["X-SandGlass-Deadline-Ms"]!, null), 101, most);
    }

    [Fact]
    public async Task A_body_that_flows_lives_on_after_the_head_whatever_the_deadline()
    {
        await using var origin = await TestOrigin.StartAsync(static async http =>
        {
            for (var i = 0; i < 10; i++)
            {
                await http.Response.WriteAsync("tick ");
                await http.Response.Body.FlushAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(60), TimeProvider.System);
            }
        });
        await using var gateway = await TestGateway.StartAsync(One, ("a", origin.Address));

        using var answer = await AskAsync(gateway, "/short/1", "250");

        Assert.Equal(string.Concat(Enumerable.Repeat("tick ", 10)), await answer.TextAsync());
    }

    // Whatever it asks for, a client gets the route's time and not the backend's idleTimeout of 60 s.
    [Theory]
    [InlineData("Accept: text/event-stream, */*")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")]
    [InlineData("Upgrade: anything")]
    public async Task Nobody_lengthens_it_by_asking_for_a_stream(string asks)
    {
        await using var silent = new RawOrigin(static exchange => exchange.HangAsync());
        await using var gateway = await TestGateway.StartAsync(One, ("a", silent.Address));
        var began = TimeProvider.System.GetTimestamp();

        var answer = await gateway.AskRawAsync($"GET /short/1 HTTP/1.1\r\nHost: a\r\n{asks}\r\n\r\n");
        var hurried = await gateway.AskRawAsync($"GET /long/1 HTTP/1.1\r\nHost: a\r\nX-SandGlass-Deadline-Ms: 200\r\n{asks}\r\n\r\n");

        Assert.Equal((504, 504), (answer?.Status, hurried?.Status));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.49, 15);
        await gateway.SettleAsync(2);
        var metrics = await gateway.MetricsAsync();
        Assert.Equal((1, 1), (metrics.Sum("sandglass_backend_requests_total", "result=\"failure\""), metrics.Sum("sandglass_backend_requests_total", "result=\"ignored\"")));
        Assert.Equal((2, 0), (metrics.Sum("sandglass_breaker_state", "route=\"short\""), metrics.Sum("sandglass_breaker_state", "route=\"long\"")));
    }

    [Fact]
    public async Task An_answer_that_is_no_stream_may_be_silent_no_longer_for_having_been_asked_to_be_one()
    {
        await using var origin = new RawOrigin(static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            await exchange.HangAsync();
        });
        await using var gateway = await TestGateway.StartAsync(One, ("a", origin.Address));
        var began = TimeProvider.System.GetTimestamp();

        var answer = await gateway.AskRawAsync("GET /short/1 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");

        Assert.False(answer is { Status: 200, Whole: true });
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.29, 15);
        await gateway.SettleAsync(1);
        Assert.True(gateway.Count("failed", "forward", "short") == 1, string.Join("; ", gateway.Outcomes()));
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_backend_requests_total", "result=\"failure\""));
    }

    [Theory]
    [InlineData("60s", true)]
    [InlineData("1s", false)]
    public async Task An_event_stream_may_be_silent_for_the_idle_timeout(string idle, bool lives)
    {
        await using var origin = new RawOrigin(static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 18\r\n\r\ndata: 1\n\n");
            await exchange.PauseAsync(TimeSpan.FromSeconds(2));
            await exchange.WriteAsync("data: 2\n\n");
        });
        await using var gateway = await TestGateway.StartAsync(
            // Shorter than the one route's timeout and longer than the other's.
            One.Replace("\"concurrency\"", $"\"idleTimeout\": \"{idle}\", \"concurrency\"", StringComparison.Ordinal), ("a", origin.Address));

        var answer = await gateway.AskRawAsync($"GET /{(lives ? "short" : "long")}/1 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");

        Assert.Equal((200, lives, lives ? "data: 1\n\ndata: 2\n\n" : "data: 1\n\n"), (answer!.Status, answer.Whole, answer.Body));
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count(lives ? "served" : "failed", "forward"));
    }

    [Theory]
    [InlineData("60s", "short", true)]
    [InlineData("1s", "short", false)]
    [InlineData("1s", "long", false)]
    public async Task A_tunnel_may_be_silent_for_the_idle_timeout_and_its_end_is_nobodys_failure(string idle, string route, bool lives)
    {
        await using var origin = new RawOrigin(static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            await exchange.PauseAsync(TimeSpan.FromSeconds(2));
            await exchange.WriteAsync("late");
            await exchange.HangAsync();
        });
        await using var gateway = await TestGateway.StartAsync(
            One.Replace("\"concurrency\"", $"\"idleTimeout\": \"{idle}\", \"concurrency\"", StringComparison.Ordinal), ("a", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync($"GET /{route}/1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

        Assert.Equal(101, (await client.ReadAsync())?.Status);
        Assert.Equal(lives ? "late" : string.Empty, await client.ReadSomeAsync());
        client.Dispose();
        await gateway.SettleAsync(1);
        Assert.True(lives || gateway.Count("served") == 1, string.Join("; ", gateway.Outcomes()));
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_backend_requests_total", "result=\"failure\""));
    }

    [Fact]
    public async Task A_tunnel_to_an_http2_backend_is_one_too()
    {
        await using var origin = await TestOrigin.StartAsync(
            static async http =>
            {
                await using var tunnel = await http.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
                var some = new byte[4];
                await tunnel.ReadExactlyAsync(some, http.RequestAborted);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, http.RequestAborted);
                await tunnel.WriteAsync(some, http.RequestAborted);
                await tunnel.FlushAsync(http.RequestAborted);
                await tunnel.CopyToAsync(Stream.Null, http.RequestAborted);
            },
            http2: true);
        await using var gateway = await TestGateway.StartAsync(One, ("a", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync("GET /short/1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Assert.Equal(101, (await client.ReadAsync())?.Status);
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);
        await client.SendAsync("ping");

        // Later than the route's timeout.
        Assert.Equal("ping", await client.ReadSomeAsync());
    }

    [Fact]
    public async Task A_body_does_not_lift_a_callers_deadline()
    {
        await using var silent = new RawOrigin(static exchange => exchange.HangAsync());
        await using var gateway = await TestGateway.StartAsync(One, ("a", silent.Address));
        var began = TimeProvider.System.GetTimestamp();

        using var answer = await AskAsync(gateway, "/long/1", "200", new StringContent("an order"));

        Assert.Equal(504, (int)answer.StatusCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.19, 15);
        await gateway.SettleAsync(1);
        var metrics = await gateway.MetricsAsync();
        Assert.Equal(0, metrics.Sum("sandglass_breaker_state", "route=\"long\""));
        Assert.Equal(1, metrics.Sum("sandglass_backend_requests_total", "result=\"ignored\""));
        Assert.Equal(1, metrics.Sum("sandglass_deadline_expired_total", "route=\"long\""));
    }

    [Fact]
    public async Task What_a_client_takes_to_send_its_body_is_not_part_of_it()
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(One, ("a", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync("POST /long/1 HTTP/1.1\r\nHost: a\r\nX-SandGlass-Deadline-Ms: 500\r\nContent-Length: 4\r\n\r\n");
        for (var i = 0; i < 4; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
            await client.SendAsync("x");
        }

        Assert.Equal((200, "xxxx"), await client.ReadAsync() is { } answer ? (answer.Status, answer.Body) : default);
    }

    private static async Task<HttpResponseMessage> AskAsync(TestGateway gateway, string path, string deadline, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path) { Content = body };
        request.Headers.TryAddWithoutValidation("X-SandGlass-Deadline-Ms", deadline);
        return await gateway.Client.SendAsync(request);
    }
}
