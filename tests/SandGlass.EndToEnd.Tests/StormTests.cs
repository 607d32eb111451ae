namespace SandGlass.EndToEnd.Tests;

/// <summary>One outcome for every request: whatever happens to it, while policies and switches change under it.</summary>
public sealed class StormTests
{
    private const int Workers = 8;
    private const int Each = 250;

    private const string Policy = """
        {
          "name": "@name",
          "backends": {
            "marketing":   { "destinations": { "a": "@origin" }, "concurrency": { "initial": 8 } },
            "transaction": { "destinations": { "a": "@origin" }, "concurrency": { "initial": 500 } },
            "fulfillment": { "destinations": { "a": "@raw" } },
            "after-sale":  { "destinations": { "a": "@raw" } }
          },
          "routes": {
            "product": { "chain": "marketing", "match": { "path": "/product/{id}" }, "timeout": "2s", "coalesce": { "ttl": "20ms" } },
            "order":   { "chain": "transaction", "match": { "path": "/order" }, "timeout": "5s" },
            "hang":    { "chain": "transaction", "match": { "path": "/hang" }, "timeout": "30s" },
            "limited": { "chain": "marketing", "match": { "path": "/limited" }, "rateLimits": [ "few" ] },
            "broken":  { "chain": "transaction", "match": { "path": "/broken" }, "timeout": "5s" },
            "soft":    { "chain": "transaction", "match": { "path": "/soft" }, "timeout": "5s", "fallback": "busy" },
            "cut":     { "chain": "fulfillment", "match": { "path": "/cut" }, "timeout": "5s", "breaker": { "minRequests": 1000000 } }
          },
          "rateLimits": { "few": { "rate": "20/s", "burst": 5 } },
          "fallbacks": { "busy": { "status": 200, "body": "busy" } },
          "switches": {
            "order-off": { "routes": [ "order" ], "do": { "refuse": { "status": 503 } } },
            "product-busy": { "routes": [ "product" ], "do": { "fallback": "busy" } }
          }
        }
        """;

    private int _hung;

    [Fact]
    public async Task The_outcomes_add_up_to_what_clients_sent()
    {
        await using var origin = await TestOrigin.StartAsync(AnswerAsync);
        await using var raw = new RawOrigin(static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
            exchange.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address), ("raw", raw.Address), ("name", "first"));
        var sent = 0;

        var workers = Enumerable.Range(0, Workers).Select(w => Task.Run(async () =>
        {
            var dice = new Random(1000 + w);
            for (var i = 0; i < Each; i++)
            {
                Interlocked.Increment(ref sent);
                await SendAsync(gateway, w == 0 && i % 4 == 0 ? 9 : dice.Next(9), dice);
            }
        })).ToList();
        for (var turn = 0; turn < 3; turn++)
        {
            await Eventually.TrueAsync(() => gateway.CountAll() > (turn + 1) * 400, "the storm goes on", TimeSpan.FromSeconds(60));
            await gateway.SwitchAsync("order-off", turn % 2 == 0);
            await gateway.ReloadAsync(Policy.Replace("@name", $"turn-{turn}", StringComparison.Ordinal));
            await gateway.SwitchAsync("product-busy", turn % 2 == 0);
        }

        await Task.WhenAll(workers);

        Assert.Equal(Workers * Each, sent);
        await gateway.SettleAsync(sent);
        var metrics = await gateway.MetricsAsync();
        Assert.Equal(sent, metrics.Sum("sandglass_requests_total"));
        Assert.Equal(sent, metrics.Sum("sandglass_request_duration_seconds_count"));
        Assert.Equal(0, metrics.Sum("sandglass_requests_under_way"));
        Assert.Equal(0, metrics.Sum("sandglass_backend_inflight"));
        Assert.Equal(0, metrics.Sum("sandglass_defects_total"));
        // All that was meant to happen did.
        foreach (var outcome in new[] { "served", "hit", "refused", "failed", "fallback", "aborted" })
        {
            Assert.True(gateway.Count(outcome) > 0, outcome);
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        switch (http.Request.Path.Value)
        {
            case "/hang":
                Interlocked.Increment(ref _hung);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case "/broken" or "/soft":
                http.Response.StatusCode = 500;
                break;
            default:
                await http.Response.WriteAsync("fine");
                break;
        }
    }

    private async Task SendAsync(TestGateway gateway, int kind, Random dice)
    {
        var client = dice.Next(2) == 0 ? gateway.Client : gateway.Client2;
        switch (kind)
        {
            case 8:
                var bad = await gateway.AskRawAsync(dice.Next(2) == 0 ? "GET / HTTP/1.1\r\n\r\n" : "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n");
                Assert.Equal(400, bad!.Status);
                break;
            case 9:
                // Leaves once the backend has it: before, nobody could say whether it was ever sent.
                var before = Volatile.Read(ref _hung);
                using (var leaving = await RawClient.ConnectAsync(gateway.Http))
                {
                    await leaving.SendAsync("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n");
                    await Eventually.TrueAsync(() => Volatile.Read(ref _hung) > before, "the backend has it", TimeSpan.FromSeconds(60));
                    leaving.Reset();
                }

                break;
            default:
                var path = kind switch { 0 or 1 => $"/product/{dice.Next(5)}", 2 => "/order", 3 => "/limited", 4 => "/nowhere", 5 => "/broken", 6 => "/soft", _ => "/cut" };
                try
                {
                    using var answer = await client.GetAsync(path);
                    await answer.TextAsync();
                }
                catch (HttpRequestException) when (path == "/cut")
                {
                    // As it must be.
                }

                break;
        }
    }
}
