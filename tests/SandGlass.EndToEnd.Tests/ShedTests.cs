namespace SandGlass.EndToEnd.Tests;

/// <summary>A backend gets no more than it bears; the most critical go first.</summary>
public sealed class ShedTests
{
    private const string One = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } } },
          "routes": {
            "browse": { "chain": "marketing", "match": { "path": "/browse/{id}" }, "timeout": "20s", "criticality": "sheddable" },
            "pay":    { "chain": "marketing", "match": { "path": "/pay/{id}" }, "timeout": "20s", "criticality": "critical-plus" }
          },
          "shedding": { "maxWait": "5s" }
        }
        """;

    [Fact]
    public async Task A_backend_that_says_how_long_requests_waited_there_is_believed()
    {
        const string Telling = """
            {
              "backends": { "marketing": { "destinations": { "a": "@origin" }, "concurrency": { "queueHeader": "Server-Timing" } } },
              "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "20s" } }
            }
            """;
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers["Server-Timing"] = "db;dur=1, queue;dur=0";
            return http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(Telling, ("origin", origin.Address));
        var limit = gateway.Host.State.Gates["marketing"].Limit;
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await gateway.Client.GetAsync("/");
                return answer.Header("Server-Timing") == "db;dur=1, queue;dur=0" && limit.Status(new(20, 2, 4096)).Told;
            },
            "a window is closed");
    }

    [Fact]
    public async Task The_critical_are_admitted_before_the_sheddable_and_the_surplus_is_told_when_to_come_back()
    {
        var go = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(One, ("origin", origin.Address));
        var first = gateway.Client.GetAsync("/browse/0");
        await Eventually.TrueAsync(() => origin.Count == 1, "the backend is busy");
        var gate = gateway.Host.State.Gates["marketing"].Gate;
        var waiting = new List<Task<HttpResponseMessage>>();
        for (var i = 1; i <= 4; i++)
        {
            waiting.Add(gateway.Client.GetAsync($"/browse/{i}"));
            await Eventually.TrueAsync(() => gate.Queued == i, "it waits");
        }

        for (var i = 1; i <= 4; i++)
        {
            waiting.Add(gateway.Client2.GetAsync($"/pay/{i}"));
            await Eventually.TrueAsync(() => gate.Queued == 4 + i, "it waits");
        }

        using var surplus = await gateway.Client.GetAsync("/browse/5");
        Assert.Equal(503, (int)surplus.StatusCode);
        Assert.InRange(int.Parse(surplus.Header("Retry-After")!, null), 1, 60);
        Assert.Equal("sandglass; error=connection_limit_reached; details=\"shed/marketing (sheddable, queue-full)\"", surplus.Header("Proxy-Status"));

        for (var i = 0; i < 9; i++)
        {
            await Eventually.TrueAsync(() => origin.Count > i, "the next one is admitted");
            go.Release();
        }

        Assert.All(await Task.WhenAll(waiting.Append(first)), static a => Assert.Equal(200, (int)a.StatusCode));
        Assert.Equal("/browse/0", origin.Arrivals[0].Target);
        Assert.All(origin.Arrivals.Skip(1).Take(4), static a => Assert.StartsWith("/pay/", a.Target, StringComparison.Ordinal));
        Assert.All(origin.Arrivals.Skip(5), static a => Assert.StartsWith("/browse/", a.Target, StringComparison.Ordinal));
        await gateway.SettleAsync(10);
        Assert.Equal(1, gateway.Count("refused", "shed"));
        Assert.Equal((0, 0), (gate.InFlight, gate.Queued));
    }

    [Fact]
    public async Task A_session_begins_beside_the_backends_own_cookies_and_never_with_a_refusal_of_its()
    {
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            http.Response.StatusCode = http.Request.Path.Value!.EndsWith("bad", StringComparison.Ordinal) ? 409 : 200;
            http.Response.Headers.Append("Set-Cookie", "user=7");
            await http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(One
            .Replace("\"criticality\": \"critical-plus\"", "\"criticality\": \"critical-plus\", \"session\": \"begin\"", StringComparison.Ordinal), ("origin", origin.Address));

        using var begun = await gateway.Client.GetAsync("/pay/1");
        using var refused = await gateway.Client.GetAsync("/pay/bad");
        using var browsing = await gateway.Client.GetAsync("/browse/1");

        Assert.Equal(["user=7", "sandglass-session"], begun.Headers.GetValues("Set-Cookie").Select(static c => c.Split('=')[0] is "user" ? c : c.Split('=')[0]));
        Assert.Equal(["user=7"], refused.Headers.GetValues("Set-Cookie"));
        Assert.Equal(["user=7"], browsing.Headers.GetValues("Set-Cookie"));
    }

    [Fact]
    public async Task Who_has_waited_long_enough_is_turned_away_and_who_leaves_gives_up_the_place()
    {
        var go = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(http => go.WaitAsync(http.RequestAborted));
        await using var gateway = await TestGateway.StartAsync(One.Replace("\"5s\"", "\"500ms\"", StringComparison.Ordinal), ("origin", origin.Address));
        var gate = gateway.Host.State.Gates["marketing"].Gate;
        var first = gateway.Client.GetAsync("/browse/0");
        await Eventually.TrueAsync(() => origin.Count == 1, "the backend is busy");

        using var late = await gateway.Client.GetAsync("/pay/1");
        using var leaving = await RawClient.ConnectAsync(gateway.Http);
        await leaving.SendAsync("GET /pay/2 HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => gate.Queued == 1, "it waits");
        leaving.Reset();
        await Eventually.TrueAsync(() => gate.Queued == 0, "its place is free");
        go.Release();
        using var served = await first;

        Assert.Equal((503, 200), ((int)late.StatusCode, (int)served.StatusCode));
        Assert.NotNull(late.Header("Retry-After"));
        await gateway.SettleAsync(3);
        Assert.Equal((1, 0), (origin.Count, gate.InFlight));
    }

    [Fact]
    public async Task After_a_storm_nothing_is_held()
    {
        await using var origin = await TestOrigin.StartAsync(static async http =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            await http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(
            One.Replace("\"initial\": 1, \"min\": 1, \"max\": 1", "\"initial\": 3, \"min\": 3, \"max\": 3", StringComparison.Ordinal), ("origin", origin.Address));

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => gateway.Client2.GetAsync(i % 3 == 0 ? $"/pay/{i}" : $"/browse/{i}")));

        Assert.All(answers, static a => Assert.True((int)a.StatusCode is 200 or 503, $"{a.StatusCode}"));
        await gateway.SettleAsync(300);
        Assert.Equal(origin.Count, gateway.Count("served"));
        var gate = gateway.Host.State.Gates["marketing"].Gate;
        Assert.Equal((0, 0), (gate.InFlight, gate.Queued));
    }
}
