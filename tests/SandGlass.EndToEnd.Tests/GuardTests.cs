namespace SandGlass.EndToEnd.Tests;

/// <summary>The gateway is in trouble itself: who is turned away, and what becomes of connections.</summary>
public sealed class GuardTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" }, "concurrency": { "initial": 500 } } },
          "routes": {
            "low": { "chain": "marketing", "criticality": "sheddable", "match": { "path": "/low" }, "timeout": "20s" },
            "high": { "chain": "marketing", "criticality": "critical-plus", "match": { "path": "/{**rest}" }, "timeout": "20s" }
          }
        }
        """;

    [Fact]
    public async Task Refuses_the_least_critical_while_the_machine_is_in_trouble_and_nobody_after()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        var machine = new CalmReadings();
        await using var gateway = await StartAsync(origin, machine);
        Assert.Equal(200, (int)(await gateway.Client.GetAsync("low")).StatusCode);

        machine.MakesWait = true;
        machine.Cpu = 1;
        await Eventually.TrueAsync(async () => (int)(await gateway.Client.GetAsync("low")).StatusCode == 503, "the least critical are refused");
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.Client.GetAsync("high"))), static a => Assert.Equal(200, (int)a.StatusCode));
        using var refused = await gateway.Client.GetAsync("low");
        Assert.Contains("shed/gateway", refused.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        Assert.NotNull(refused.Headers.RetryAfter);
        // The first is refused while the load still rises.
        await Eventually.TrueAsync(async () => (await gateway.MetricsAsync()).Sum("sandglass_shed_level") > 0.5, "the load has risen");
        var guard = (await gateway.StatusAsync()).GetProperty("guard");
        Assert.Equal("cpu", guard.GetProperty("worst").GetString());
        Assert.True(guard.GetProperty("load").GetDouble() > 0.75);

        machine.Cpu = 0.1;
        await Eventually.TrueAsync(async () => (int)(await gateway.Client.GetAsync("low")).StatusCode == 200, "all are served again");
        await gateway.SettleAsync();
        Assert.Equal(0, gateway.Count("refused", route: "high"));
    }

    [Fact]
    public async Task Asks_idle_connections_to_close_before_it_refuses_and_loses_no_request_under_way()
    {
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                reached.TrySetResult();
                await release.Task;
            }

            await context.Response.WriteAsync("ok");
        });
        var machine = new CalmReadings();
        await using var gateway = await StartAsync(origin, machine);
        using var idle = await RawClient.ConnectAsync(gateway.Http);
        await idle.SendAsync("GET /high HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(200, (await idle.ReadAsync())?.Status);
        var idle2 = gateway.MakeClient(gateway.H2c, HttpVersion.Version20);
        Assert.Equal(200, (int)(await idle2.GetAsync("high")).StatusCode);
        using var busy = await RawClient.ConnectAsync(gateway.Http);
        await busy.SendAsync("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        var busy2 = gateway.Client2.GetAsync("slow");
        await reached.Task;

        // Above the first mark, below the second: connections go, nobody is refused.
        machine.Cpu = 0.66;
        Assert.Null(await idle.ReadAsync());
        await Eventually.TrueAsync(async () => (await gateway.MetricsAsync()).Sum("sandglass_connections_shortened_total") == 2, "both idle connections were asked to close");
        await Eventually.TrueAsync(async () => (await gateway.MetricsAsync()).Sum("sandglass_connections") == 2, "the idle ones are gone, the busy ones stay");

        // Who was asked comes back on another connection, unharmed.
        Assert.Equal(200, (int)(await idle2.GetAsync("high")).StatusCode);
        release.SetResult();
        Assert.Equal(200, (await busy.ReadAsync())?.Status);
        Assert.Equal(200, (int)(await busy2).StatusCode);
        await gateway.SettleAsync();
        Assert.Equal((0, 0), (gateway.Count("refused"), gateway.Count("failed")));
    }

    private static Task<TestGateway> StartAsync(TestOrigin origin, CalmReadings machine) =>
        TestGateway.StartAsync(Policy, o => o with { Readings = machine }, null, ("origin", origin.Address));
}
