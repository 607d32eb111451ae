using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Destinations that fail are left out, found again, and let back slowly; backends stand in for one another.</summary>
public sealed class DestinationTests
{
    private const string Ejecting = """
        {
          "backends": { "marketing": {
            "destinations": { "a": "@a", "b": "@b" }, "loadBalancing": "round-robin",
            "ejection": { "failureRatio": 0.5, "minRequests": 5, "window": "10s", "for": "10s" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } },
          "breakers": { "default": { "minRequests": 1000 } }
        }
        """;

    private const string Probing = """
        {
          "backends": { "marketing": {
            "destinations": { "a": "@a", "b": "@b" }, "loadBalancing": "round-robin",
            "health": { "path": "/up?deep=1", "interval": "100ms", "timeout": "80ms" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } }
        }
        """;

    private const string Standby = """
        {
          "backends": {
            "marketing": { "destinations": { "a": "@a" }, "health": { "path": "/up", "interval": "100ms", "timeout": "80ms" }, "failover": "dr" },
            "dr":        { "destinations": { "z": "@z" } }
          },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } },
          "breakers": { "default": { "minRequests": 1000 } }
        }
        """;

    public static TheoryData<string> Sicknesses => new("wrong status", "hang", "reset", "nonsense");

    [Fact]
    public async Task A_destination_that_fails_is_left_out_and_let_back_slowly()
    {
        var time = new LeapTime();
        await using var a = await TestOrigin.SayingAsync("a");
        await using var b = await TestOrigin.StartAsync(Abort);
        await using var gateway = await TestGateway.StartAsync(Ejecting, o => o with { Time = time }, null, ("a", a.Address), ("b", b.Address));

        var first = await AskAsync(gateway, 40);

        // Five failures are what it takes to know; whoever is asked after that is well.
        Assert.Equal((5, 35), (first.Count(static s => s == 502), first.Count(static s => s == 200)));
        Assert.Equal(5, b.Count);
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_destination_ejected", "destination=\"b\""));
        Assert.Equal(("ejected", 0), await StateAsync(gateway, "b"));

        b.Answer = static http => http.Response.WriteAsync("b");
        time.Leap(TimeSpan.FromSeconds(10));
        var back = await CountAsync(gateway, b, 100);
        Assert.InRange(back, 1, 30);
        time.Leap(TimeSpan.FromSeconds(5));
        Assert.InRange(await CountAsync(gateway, b, 20), 9, 11);
        Assert.Equal(("healthy", 1), await StateAsync(gateway, "b"));
    }

    [Fact]
    public async Task With_all_failing_all_are_asked_and_none_of_one_is_ejected()
    {
        await using var a = await TestOrigin.StartAsync(Abort);
        await using var b = await TestOrigin.StartAsync(Abort);
        await using var gateway = await TestGateway.StartAsync(Ejecting, ("a", a.Address), ("b", b.Address));

        await AskAsync(gateway, 40);

        // One of two is out, so the other has the rest.
        Assert.Equal(40, a.Count + b.Count);
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_destination_ejected"));
    }

    [Theory]
    [MemberData(nameof(Sicknesses))]
    public async Task A_destination_whose_probes_fail_gets_no_request_until_two_are_good(string sickness)
    {
        var sick = true;
        await using var a = await TestOrigin.SayingAsync("a");
        await using var b = new RawOrigin(async exchange =>
        {
            if (!Volatile.Read(ref sick))
            {
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
            }
            else if (sickness == "hang")
            {
                await exchange.HangAsync();
            }
            else if (sickness == "reset")
            {
                exchange.Reset();
            }
            else
            {
                await exchange.WriteAsync(sickness == "nonsense" ? "what?\r\n\r\n" : "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var gateway = await TestGateway.StartAsync(Probing, ("a", a.Address), ("b", b.Address));

        await UntilHealthyAsync(gateway, "b", healthy: false);
        Assert.All(await AskAsync(gateway, 20), static s => Assert.Equal(200, s));
        Assert.DoesNotContain(b.Heads, static h => !h.StartsWith("GET /up?deep=1 HTTP/1.1", StringComparison.Ordinal));
        Assert.Equal(("unhealthy", 0), await StateAsync(gateway, "b"));

        Volatile.Write(ref sick, false);
        await UntilHealthyAsync(gateway, "b", healthy: true);
        await Eventually.TrueAsync(
            async () =>
            {
                await AskAsync(gateway, 10);
                return b.Heads.Any(static h => !h.StartsWith("GET /up", StringComparison.Ordinal));
            },
            "it is asked again");
    }

    [Fact]
    public async Task Http2_destinations_are_probed_with_http2()
    {
        await using var a = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("a"), http2: true);
        await using var b = await TestOrigin.StartAsync(
            static http =>
            {
                http.Response.StatusCode = http.Request.Path == "/up" ? 500 : 200;
                return Task.CompletedTask;
            },
            http2: true);
        await using var gateway = await TestGateway.StartAsync(Probing, ("a", a.Address), ("b", b.Address));

        await UntilHealthyAsync(gateway, "b", healthy: false);
        await Eventually.TrueAsync(() => a.Count > 2, "the other is probed");

        Assert.All(a.Arrivals.Concat(b.Arrivals), static x => Assert.Equal("HTTP/2", x.Protocol));
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_destination_healthy", "destination=\"a\""));
    }

    [Fact]
    public async Task Probes_do_not_pile_up_on_a_slow_destination_and_stop_with_the_gateway()
    {
        var (now, most) = (0, 0);
        await using var slow = await TestOrigin.StartAsync(async http =>
        {
            var held = Interlocked.Increment(ref now);
            most = Math.Max(most, held);
            var left = new TaskCompletionSource();
            await using (http.RequestAborted.Register(left.SetResult))
            {
                await left.Task;
            }

            Interlocked.Decrement(ref now);
        });
        await using (var gateway = await TestGateway.StartAsync(Probing, ("a", slow.Address), ("b", slow.Address)))
        {
            await Eventually.TrueAsync(() => slow.Count >= 10, "it is probed, again and again");
        }

        // Two destinations, one address; a probe that was given up may be seen to leave a moment later.
        Assert.InRange(most, 1, 4);
        await Eventually.TrueAsync(() => now == 0, "the last probe has been given up");
        var count = slow.Count;
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        Assert.Equal(count, slow.Count);
    }

    [Fact]
    public async Task What_probes_found_survives_a_reload_and_follows_its_policy()
    {
        await using var a = await TestOrigin.SayingAsync("a");
        await using var b = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = http.Request.Path == "/up" ? 500 : 200;
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(Probing, ("a", a.Address), ("b", b.Address));
        await UntilHealthyAsync(gateway, "b", healthy: false);

        // The next probe is far away, and what is known stays.
        await gateway.ReloadAsync(Probing.Replace("100ms", "10m", StringComparison.Ordinal));
        Assert.Equal(0, await CountAsync(gateway, b, 10));
        Assert.Equal("unhealthy", (await StateAsync(gateway, "b")).Health);

        // Another path, soon: its answers count from now on.
        await gateway.ReloadAsync(Probing.Replace("/up", "/fine", StringComparison.Ordinal));
        await UntilHealthyAsync(gateway, "b", healthy: true);
    }

    [Fact]
    public async Task Another_backend_takes_over_and_gives_back()
    {
        var time = new LeapTime();
        await using var a = await TestOrigin.SayingAsync("a");
        await using var z = await TestOrigin.SayingAsync("z");
        await using var gateway = await TestGateway.StartAsync(Standby, o => o with { Time = time }, null, ("a", a.Address), ("z", z.Address));
        Assert.Equal("a", await gateway.Client.GetStringAsync("/x"));

        a.Answer = Abort;
        await UntilHealthyAsync(gateway, "a", healthy: false);
        Assert.Equal("z", await gateway.Client.GetStringAsync("/x"));
        using var explained = await gateway.Admin.PostAsync(
            "/api/explain", new StringContent("""{ "method": "GET", "url": "http://shop/x" }""", Encoding.UTF8, "application/json"));
        Assert.Contains("which stands in for marketing", await explained.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // What the stand-in fails is told in its own name.
        z.Answer = Abort;
        using var failed = await gateway.Client.GetAsync("/x");
        Assert.Equal("sandglass; error=destination_unavailable; details=\"forward/dr\"", failed.Header("Proxy-Status"));

        a.Answer = static http => http.Response.WriteAsync("a");
        await UntilHealthyAsync(gateway, "a", healthy: true);
        time.Leap(TimeSpan.FromSeconds(5));
        Assert.Equal("a", await gateway.Client.GetStringAsync("/x"));
    }

    private static Task Abort(HttpContext http)
    {
        if (http.Request.Path != "/none")
        {
            http.Abort();
        }

        return Task.CompletedTask;
    }

    private static async Task<List<int>> AskAsync(TestGateway gateway, int times)
    {
        var statuses = new List<int>();
        var before = gateway.CountAll();
        for (var i = 0; i < times; i++)
        {
            using var answer = await gateway.Client.GetAsync("/x");
            statuses.Add((int)answer.StatusCode);
            // Counted where it went before the next one is sent, so that the test knows what is known.
            await gateway.SettleAsync(before + i + 1);
        }

        return statuses;
    }

    private static async Task<int> CountAsync(TestGateway gateway, TestOrigin origin, int times)
    {
        var before = origin.Arrivals.Count(static a => a.Target == "/x");
        await AskAsync(gateway, times);
        return origin.Arrivals.Count(static a => a.Target == "/x") - before;
    }

    private static Task UntilHealthyAsync(TestGateway gateway, string destination, bool healthy) => Eventually.TrueAsync(
        async () => await IsHealthyAsync(gateway, destination) == healthy, $"{destination} is {(healthy ? "healthy" : "unhealthy")}");

    private static async Task<bool> IsHealthyAsync(TestGateway gateway, string destination) =>
        (await gateway.MetricsAsync()).Sum("sandglass_destination_healthy", $"destination=\"{destination}\"") == 1;

    private static async Task<(string Health, double Share)> StateAsync(TestGateway gateway, string destination)
    {
        var backends = (await gateway.StatusAsync()).GetProperty("backends").EnumerateArray();
        var one = backends.SelectMany(static b => b.GetProperty("destinations").EnumerateArray()).Single(d => d.GetProperty("name").GetString() == destination);
        return (one.GetProperty("health").GetString()!, one.GetProperty("share").GetDouble());
    }
}
