namespace SandGlass.EndToEnd.Tests;

/// <summary>Second attempts: where they help, where they must not be, and what they may cost.</summary>
public sealed class AttemptTests
{
    private const string Retrying = """
        {
          "backends": { "marketing": { "destinations": { "a": "@a", "b": "@b" }, "loadBalancing": "round-robin", "concurrency": { "initial": 100 } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s", "retry": { "attempts": 1, "budget": 0.1 } } },
          "breakers": { "default": { "minRequests": 1000 } }
        }
        """;

    private const string Hedging = """
        {
          "backends": { "marketing": { "destinations": { "a": "@a", "b": "@b" }, "loadBalancing": "first" } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}", "methods": [ "GET", "HEAD" ] }, "timeout": "5s", "hedge": { "after": "50ms" } } },
          "breakers": { "default": { "minRequests": 1000 } }
        }
        """;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task With_one_of_two_gone_nobody_sees_a_failure(string method)
    {
        await using var gone = RawOrigin.Gone();
        await using var a = await TestOrigin.SayingAsync("a");
        await using var gateway = await TestGateway.StartAsync(Retrying, ("a", a.Address), ("b", gone.Address));

        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(new(method), "/x");
            using var answer = await gateway.Client.SendAsync(request);
            Assert.Equal(200, (int)answer.StatusCode);
        }

        await gateway.SettleAsync(20);
        Assert.Equal(20, a.Count);
        Assert.Equal(10, await AttemptsAsync(gateway, "retry", "success"));
        var page = await gateway.MetricsAsync();
        Assert.Equal(10, page.Sum("sandglass_backend_requests_total", "destination=\"b\"", "result=\"failure\""));
        Assert.Equal(20, page.Sum("sandglass_backend_requests_total", "destination=\"a\"", "result=\"success\""));
        Assert.Equal((20, 0), (gateway.Count("served"), gateway.Host.State.Destinations.Sum(static d => d.InFlight)));
    }

    [Theory]
    [InlineData("POST", "")]
    [InlineData("POST", "order")]
    [InlineData("PATCH", "")]
    [InlineData("PUT", "order")]
    [InlineData("GET", "a body")]
    public async Task What_is_not_idempotent_or_has_a_body_is_sent_once(string method, string body)
    {
        await using var a = await TestOrigin.StartAsync(Break);
        await using var b = await TestOrigin.StartAsync(Break);
        await using var gateway = await TestGateway.StartAsync(Retrying, ("a", a.Address), ("b", b.Address));

        for (var i = 0; i < 10; i++)
        {
            using var request = new HttpRequestMessage(new(method), "/x") { Content = method == "POST" || body.Length > 0 ? new StringContent(body) : null };
            using var answer = await gateway.Client.SendAsync(request);
            Assert.Equal(502, (int)answer.StatusCode);
        }

        await gateway.SettleAsync(10);
        Assert.Equal(10, a.Count + b.Count);
    }

    [Theory]
    [InlineData(502, null, 200)]
    [InlineData(504, null, 200)]
    [InlineData(502, "5", 502)]
    [InlineData(503, null, 503)]     // that is how overload looks: asking another would pass it on
    [InlineData(500, null, 500)]     // the other runs the same code
    [InlineData(404, null, 404)]
    public async Task Only_a_broken_way_is_a_reason_to_ask_another(int status, string? retryAfter, int seen)
    {
        await using var a = await TestOrigin.StartAsync(http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.RetryAfter = retryAfter;
            return http.Response.WriteAsync("the body of a failure, which must not be mixed into the next");
        });
        await using var b = await TestOrigin.SayingAsync("b");
        await using var gateway = await TestGateway.StartAsync(Retrying.Replace("round-robin", "first", StringComparison.Ordinal), ("a", a.Address), ("b", b.Address));

        using var answer = await gateway.Client.GetAsync("/x");

        Assert.Equal(seen, (int)answer.StatusCode);
        Assert.Equal(seen == 200 ? 1 : 0, b.Count);
        Assert.Equal(seen == 200, await answer.TextAsync() == "b");
    }

    [Fact]
    public async Task A_storm_of_failures_gets_no_more_than_the_budget()
    {
        await using var a = await TestOrigin.StartAsync(Break);
        await using var b = await TestOrigin.StartAsync(Break);
        await using var gateway = await TestGateway.StartAsync(Retrying, ("a", a.Address), ("b", b.Address));
        var began = TimeProvider.System.GetTimestamp();

        for (var i = 0; i < 300; i++)
        {
            using var answer = await gateway.Client.GetAsync("/x");
            Assert.Equal(502, (int)answer.StatusCode);
        }

        await gateway.SettleAsync(300);
        var most = 50 + 30 + (10 * TimeProvider.System.GetElapsedTime(began).TotalSeconds) + 1;
        var (failed, refused) = (await AttemptsAsync(gateway, "retry", "failure"), await AttemptsAsync(gateway, "retry", "refused"));
        Assert.InRange(failed, 50, most);
        Assert.Equal(300, failed + refused);
        Assert.Equal(300 + failed, a.Count + b.Count);
    }

    [Fact]
    public async Task Nothing_is_tried_again_while_others_wait_for_the_backend()
    {
        var go = new SemaphoreSlim(0);
        async Task Held(HttpContext http)
        {
            await go.WaitAsync(http.RequestAborted);
            http.Abort();
        }

        await using var a = await TestOrigin.StartAsync(Held);
        await using var b = await TestOrigin.StartAsync(Held);
        await using var gateway = await TestGateway.StartAsync(
            Retrying.Replace("\"initial\": 100", "\"initial\": 1, \"min\": 1, \"max\": 1", StringComparison.Ordinal)
                .Replace("\"breakers\"", "\"shedding\": { \"maxWait\": \"5s\" }, \"breakers\"", StringComparison.Ordinal),
            ("a", a.Address), ("b", b.Address));
        var gate = gateway.Host.State.Gates["marketing"].Gate;

        var first = gateway.Client.GetAsync("/first");
        await Eventually.TrueAsync(() => a.Count + b.Count == 1, "the first is there");
        var second = gateway.Client.GetAsync("/second");
        await Eventually.TrueAsync(() => gate.Queued == 1, "the second waits");
        go.Release();
        using var failed = await first;
        Assert.Equal(502, (int)failed.StatusCode);
        Assert.Equal(1, await AttemptsAsync(gateway, "retry", "refused"));

        // Nobody waits behind the second: it is tried again.
        go.Release(2);
        using var also = await second;
        await gateway.SettleAsync(2);
        Assert.Equal(3, a.Count + b.Count);
    }

    [Fact]
    public async Task A_late_answer_is_overtaken_by_another_destinations()
    {
        var (held, given) = (0, 0);
        await using var a = await TestOrigin.StartAsync(async http =>
        {
            Interlocked.Increment(ref held);
            var left = new TaskCompletionSource();
            await using (http.RequestAborted.Register(left.SetResult))
            {
                await left.Task;
            }

            Interlocked.Increment(ref given);
        });
        await using var b = await TestOrigin.SayingAsync("b");
        await using var gateway = await TestGateway.StartAsync(Hedging, ("a", a.Address), ("b", b.Address));
        var began = TimeProvider.System.GetTimestamp();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("b", await gateway.Client.GetStringAsync("/x"));
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.2, 4);
        await gateway.SettleAsync(5);
        await Eventually.TrueAsync(() => given == 5 && gateway.Host.State.Destinations.All(static d => d.InFlight == 0), "the late ones have been given up");
        Assert.Equal((5, 5), (held, b.Count));
        Assert.Equal(5, await AttemptsAsync(gateway, "hedge", "success"));
        Assert.Equal(5, (await gateway.MetricsAsync()).Sum("sandglass_backend_requests_total", "destination=\"a\"", "result=\"ignored\""));
        Assert.True(int.Parse(b.Arrivals[0]["X-SandGlass-Deadline-Ms"]!, null) < int.Parse(a.Arrivals[0]["X-SandGlass-Deadline-Ms"]!, null));
    }

    [Fact]
    public async Task A_hedge_that_fails_does_not_beat_a_late_success()
    {
        var go = new SemaphoreSlim(0);
        await using var a = await TestOrigin.StartAsync(async http =>
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("a");
        });
        await using var b = await TestOrigin.StartAsync(Break);
        await using var gateway = await TestGateway.StartAsync(Hedging, ("a", a.Address), ("b", b.Address));

        var asked = gateway.Client.GetStringAsync("/x");
        await Eventually.TrueAsync(() => b.Count == 1, "the hedge is sent");
        go.Release();

        Assert.Equal("a", await asked);
        await gateway.SettleAsync(1);
        await Eventually.TrueAsync(() => gateway.Host.State.Destinations.All(static d => d.InFlight == 0), "both have left");
        Assert.Equal(1, await AttemptsAsync(gateway, "hedge", "failure"));
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_backend_requests_total", "destination=\"b\"", "result=\"failure\""));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_both_and_blames_nobody()
    {
        async Task Hang(HttpContext http)
        {
            var left = new TaskCompletionSource();
            await using (http.RequestAborted.Register(left.SetResult))
            {
                await left.Task;
            }
        }

        await using var a = await TestOrigin.StartAsync(Hang);
        await using var b = await TestOrigin.StartAsync(Hang);
        await using var gateway = await TestGateway.StartAsync(Hedging, ("a", a.Address), ("b", b.Address));
        using var leave = new CancellationTokenSource();

        var asked = gateway.Client.GetAsync("/x", leave.Token);
        await Eventually.TrueAsync(() => b.Count == 1, "the hedge is sent");
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);

        await gateway.SettleAsync(1);
        await Eventually.TrueAsync(() => gateway.Host.State.Destinations.All(static d => d.InFlight == 0), "both have left");
        Assert.Equal(1, gateway.Count("aborted"));
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_backend_requests_total", "result=\"failure\""));
    }

    [Fact]
    public async Task A_backend_without_another_destination_is_helped_by_its_failover()
    {
        await using var gone = RawOrigin.Gone();
        await using var z = await TestOrigin.SayingAsync("z");
        await using var gateway = await TestGateway.StartAsync(
            """
            {
              "backends": {
                "marketing": { "destinations": { "a": "@a" }, "health": { "interval": "10m" }, "failover": "dr" },
                "dr": { "destinations": { "z": "@z" } }
              },
              "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s", "retry": {} } }
            }
            """,
            ("a", gone.Address), ("z", z.Address));

        Assert.Equal("z", await gateway.Client.GetStringAsync("/x"));
    }

    private const string StandingBy = """
        {
          "backends": {
            "marketing": { "destinations": { "a": "@a" }, "health": { "interval": "10m" }, "failover": "dr", "concurrency": { "initial": 2, "min": 2, "max": 2 } },
            "dr": { "destinations": { "z": "@z" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } }
          },
          "routes": {
            "all": { "chain": "marketing", "match": { "path": "/{**rest}", "methods": [ "GET" ] }, "timeout": "20s", "retry": {}, "hedge": { "after": "50ms" } },
            "own": { "chain": "marketing", "backend": "dr", "match": { "path": "/own/{**rest}" }, "timeout": "20s" }
          },
          "shedding": { "maxWait": "5s" },
          "breakers": { "default": { "minRequests": 1000 } }
        }
        """;

    [Fact]
    public async Task A_hedge_has_a_permit_of_its_own_and_each_goes_back_once()
    {
        var go = new SemaphoreSlim(0);
        async Task Held(HttpContext http)
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("ok");
        }

        await using var a = await TestOrigin.StartAsync(Held);
        await using var b = await TestOrigin.StartAsync(Held);
        await using var gateway = await TestGateway.StartAsync(Hedging, ("a", a.Address), ("b", b.Address));
        var gate = gateway.Host.State.Gates["marketing"].Gate;

        var asked = gateway.Client.GetStringAsync("/x");
        await Eventually.TrueAsync(() => b.Count == 1, "the hedge is sent");
        Assert.Equal(2, gate.InFlight);
        go.Release();

        Assert.Equal("ok", await asked);
        await gateway.SettleAsync(1);
        await Eventually.TrueAsync(() => gate.InFlight == 0, "both permits are back");
    }

    [Fact]
    public async Task A_hedge_is_not_made_where_its_backend_has_no_room()
    {
        var go = new SemaphoreSlim(0);
        await using var a = await TestOrigin.StartAsync(async http =>
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("a");
        });
        await using var b = await TestOrigin.SayingAsync("b");
        await using var gateway = await TestGateway.StartAsync(
            Hedging.Replace("\"loadBalancing\": \"first\"", "\"loadBalancing\": \"first\", \"concurrency\": { \"initial\": 1, \"min\": 1, \"max\": 1 }", StringComparison.Ordinal),
            ("a", a.Address), ("b", b.Address));

        var asked = gateway.Client.GetStringAsync("/x");
        await Eventually.TrueAsync(async () => await AttemptsAsync(gateway, "hedge", "refused") == 1, "the hedge is refused");
        go.Release();

        Assert.Equal(("a", 0), (await asked, b.Count));
        await gateway.SettleAsync(1);
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);
    }

    [Fact]
    public async Task A_retry_at_another_backend_is_under_way_there_and_no_more_here()
    {
        var go = new SemaphoreSlim(0);
        await using var gone = RawOrigin.Gone();
        await using var z = await TestOrigin.StartAsync(async http =>
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("z");
        });
        await using var gateway = await TestGateway.StartAsync(StandingBy, ("a", gone.Address), ("z", z.Address));
        var (here, there) = (gateway.Host.State.Gates["marketing"].Gate, gateway.Host.State.Gates["dr"].Gate);

        var first = gateway.Client.GetStringAsync("/x");
        await Eventually.TrueAsync(() => z.Count == 1, "it is tried again");
        Assert.Equal((0, 1), (here.InFlight, there.InFlight));

        // The one permit of the other is taken: whoever comes by the same way is refused there, and does not wait.
        using var second = await gateway.Client.GetAsync("/y");
        Assert.Equal((502, 1, 0), ((int)second.StatusCode, z.Count, there.Queued));
        Assert.Equal(1, await AttemptsAsync(gateway, "retry", "refused"));
        go.Release();

        Assert.Equal("z", await first);
        await gateway.SettleAsync(2);
        Assert.Equal((0, 0), (here.InFlight, there.InFlight));
        // What was learnt of the round trip was learnt where it was made.
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Limit.BaseOf(gateway.Host.State.RouteSlot("all")));
    }

    [Fact]
    public async Task Who_loses_a_race_between_backends_gives_back_the_permit_of_his()
    {
        var left = 0;
        await using var a = await TestOrigin.StartAsync(async http =>
        {
            var ended = new TaskCompletionSource();
            await using (http.RequestAborted.Register(ended.SetResult))
            {
                await ended.Task;
            }

            Interlocked.Increment(ref left);
        });
        var go = new SemaphoreSlim(0);
        await using var z = await TestOrigin.StartAsync(async http =>
        {
            await http.Response.WriteAsync("z");
            await http.Response.Body.FlushAsync();
            await go.WaitAsync(http.RequestAborted);
        });
        await using var gateway = await TestGateway.StartAsync(StandingBy, ("a", a.Address), ("z", z.Address));
        var (here, there) = (gateway.Host.State.Gates["marketing"].Gate, gateway.Host.State.Gates["dr"].Gate);

        var asked = gateway.Client.GetStringAsync("/x");

        // The loser's is back while the winner's answer is still on its way.
        await Eventually.TrueAsync(() => Volatile.Read(ref left) == 1 && here.InFlight == 0, "the late one has been given up");
        Assert.Equal(1, there.InFlight);
        go.Release();
        Assert.Equal("z", await asked);
        await gateway.SettleAsync(1);
        Assert.Equal((0, 0), (here.InFlight, there.InFlight));
    }

    [Fact]
    public async Task A_retry_at_another_destination_needs_no_second_permit()
    {
        await using var gone = RawOrigin.Gone();
        await using var a = await TestOrigin.SayingAsync("a");
        await using var gateway = await TestGateway.StartAsync(
            Retrying.Replace("\"initial\": 100", "\"initial\": 1, \"min\": 1, \"max\": 1", StringComparison.Ordinal), ("a", a.Address), ("b", gone.Address));

        for (var i = 0; i < 6; i++)
        {
            Assert.Equal("a", await gateway.Client.GetStringAsync("/x"));
            await gateway.SettleAsync(i + 1);
        }

        Assert.Equal(3, await AttemptsAsync(gateway, "retry", "success"));
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);
    }

    [Fact]
    public async Task Whatever_becomes_of_attempts_no_permit_is_kept()
    {
        var dice = new Random(20261129);
        async Task Something(HttpContext http)
        {
            int rolled;
            lock (dice)
            {
                rolled = dice.Next(6);
            }

            if (rolled == 0)
            {
                http.Abort();
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20 * rolled), TimeProvider.System, http.RequestAborted);
            http.Response.StatusCode = rolled == 1 ? 502 : 200;
            await http.Response.WriteAsync("some");
            if (rolled == 2)
            {
                await http.Response.Body.FlushAsync();
                http.Abort();
            }
        }

        await using var a = await TestOrigin.StartAsync(Something);
        await using var b = await TestOrigin.StartAsync(Something);
        await using var z = await TestOrigin.StartAsync(Something);
        var policy = StandingBy.Replace("{ \"a\": \"@a\" }", "{ \"a\": \"@a\", \"b\": \"@b\" }", StringComparison.Ordinal)
            .Replace("\"timeout\": \"20s\"", "\"timeout\": \"400ms\"", StringComparison.Ordinal)
            .Replace("\"initial\": 2, \"min\": 2, \"max\": 2", "\"initial\": 8, \"min\": 8, \"max\": 8", StringComparison.Ordinal)
            .Replace("\"initial\": 1, \"min\": 1, \"max\": 1", "\"initial\": 3, \"min\": 3, \"max\": 3", StringComparison.Ordinal)
            .Replace("\"breakers\"", "\"chains\": { \"marketing\": { \"criticality\": \"critical\", \"share\": 0.5 }, \"transaction\": { \"criticality\": \"critical\", \"share\": 0.5, \"lend\": 1 } }, \"breakers\"", StringComparison.Ordinal)
            .Replace("\"own\": { \"chain\": \"marketing\"", "\"own\": { \"chain\": \"transaction\"", StringComparison.Ordinal);
        await using var gateway = await TestGateway.StartAsync(policy, ("a", a.Address), ("b", b.Address), ("z", z.Address));

        async Task AskAsync(int i, TimeSpan patience)
        {
            using var leave = new CancellationTokenSource(patience, TimeProvider.System);
            try
            {
                using var answer = await gateway.Client2.GetAsync(i % 7 == 0 ? "/own/x" : $"/x/{i}", leave.Token);
            }
            catch (Exception left) when (left is OperationCanceledException or HttpRequestException)
            {
                // Its client's doing, or the backend's.
            }
        }

        for (var round = 0; round < 6; round++)
        {
            var asked = Enumerable.Range(0, 40).Select(i => AskAsync(i, TimeSpan.FromMilliseconds(i % 3 == 0 ? 10 + (i * 3) : 20_000))).ToArray();
            await gateway.ReloadAsync(policy.Replace("\"maxWait\": \"5s\"", $"\"maxWait\": \"{200 + round}ms\"", StringComparison.Ordinal));
            await Task.WhenAll(asked);
        }

        await gateway.SettleAsync();
        var gates = gateway.Host.State.Gates;
        await Eventually.TrueAsync(
            () => gates.Values.All(static g => g.Gate.InFlight == 0) && gateway.Host.State.Destinations.All(static d => d.InFlight == 0), "all is back");
        Assert.All(gates.Values, static g => Assert.Equal((0, 0, 0), (g.Gate.Queued, g.Chain("marketing").InFlight, g.Chain("transaction").InFlight)));
        foreach (var kind in new[] { "hedge", "retry" })
        {
            Assert.True(await AttemptsAsync(gateway, kind, "success") + await AttemptsAsync(gateway, kind, "failure") + await AttemptsAsync(gateway, kind, "ignored") > 0, kind);
        }
    }

    private static Task Break(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    private static async Task<double> AttemptsAsync(TestGateway gateway, string kind, string result) =>
        (await gateway.MetricsAsync()).Sum("sandglass_attempts_total", "route=\"all\"", $"kind=\"{kind}\"", $"result=\"{result}\"");
}
