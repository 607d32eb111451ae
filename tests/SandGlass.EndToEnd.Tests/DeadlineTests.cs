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

    private static async Task<HttpResponseMessage> AskAsync(TestGateway gateway, string path, string deadline)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("X-SandGlass-Deadline-Ms", deadline);
        return await gateway.Client.SendAsync(request);
    }
}
