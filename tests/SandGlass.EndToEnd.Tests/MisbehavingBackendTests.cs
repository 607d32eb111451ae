namespace SandGlass.EndToEnd.Tests;

/// <summary>Backends that fail: a well-formed answer or a cut connection, never a truncated answer that looks whole; others don't notice.</summary>
public sealed class MisbehavingBackendTests
{
    private const string Two = """
        {
          "backends": {
            "marketing":   { "destinations": { "a": "@bad" } },
            "transaction": { "destinations": { "a": "@good" } }
          },
          "routes": {
            "plain":  { "chain": "marketing", "match": { "path": "/plain/{**rest}" }, "timeout": "600ms" },
            "soft":   { "chain": "marketing", "match": { "path": "/soft/{**rest}" }, "timeout": "600ms", "fallback": "busy" },
            "shared": { "chain": "marketing", "match": { "path": "/shared/{**rest}" }, "timeout": "600ms", "coalesce": { "ttl": "1m" } },
            "other":  { "chain": "transaction", "match": { "path": "/other/{**rest}" }, "timeout": "5s" }
          },
          "breakers": { "default": { "minRequests": 1000 } },
          "fallbacks": { "busy": { "status": 200, "json": { "busy": true } } }
        }
        """;

    private const string Breaking = """
        {
          "backends": {
            "marketing":   { "destinations": { "a": "@bad" } },
            "transaction": { "destinations": { "a": "@good" } }
          },
          "routes": {
            "plain": { "chain": "marketing", "match": { "path": "/plain/{**rest}" }, "timeout": "5s",
                       "breaker": { "minRequests": 5, "failureRatio": 0.5, "window": "10s", "open": "3s" } },
            "other": { "chain": "transaction", "match": { "path": "/other/{**rest}" }, "timeout": "5s" }
          }
        }
        """;

    public static TheoryData<string, string> Truncations => new()
    {
        { "half of its declared length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + "half" },
        { "a chunked body without its end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n" },
        { "a chunk that is cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf" },
        { "bad chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnot hex\r\n" },
    };

    public static TheoryData<string, string> Nonsense => new()
    {
        { "nothing", "" },
        { "no HTTP", "220 smtp.example ESMTP\r\n\r\n" },
        { "half a head", "HTTP/1.1 200 OK\r\nContent-Le" },
        { "a head that never ends", "HTTP/1.1 200 OK\r\nX-Bomb: " + new string('b', 300_000) },
        { "100,000 header lines", "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: 1\r\n", 100_000)) + "\r\n" },
        { "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc" },
        { "a bad length", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc" },
        { "1xx without end", string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 200)) },
        { "an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nabc" },
    };

    [Fact]
    public async Task A_refused_connection_is_502_and_other_backends_do_not_notice()
    {
        await using var good = await TestOrigin.SayingAsync("good");
        await using var gone = RawOrigin.Gone();
        await using var gateway = await TestGateway.StartAsync(Two, ("good", good.Address), ("bad", gone.Address));

        using var answer = await gateway.Client.GetAsync("/plain/x");

        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Equal("sandglass; error=destination_unavailable; details=\"forward/marketing\"", answer.Header("Proxy-Status"));
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        Assert.Equal("good", await gateway.Client.GetStringAsync("/other/x"));
        await gateway.SettleAsync(2);
        Assert.Equal(1, gateway.Count("failed", "forward", "plain"));
    }

    [Fact]
    public async Task A_silent_backend_is_504_after_the_routes_timeout_and_other_backends_do_not_notice()
    {
        await using var good = await TestOrigin.SayingAsync("good");
        await using var bad = new RawOrigin(static exchange => exchange.HangAsync());
        await using var gateway = await TestGateway.StartAsync(Two, ("good", good.Address), ("bad", bad.Address));
        var began = TimeProvider.System.GetTimestamp();

        var silent = gateway.Client.GetAsync("/plain/x");
        Assert.Equal("good", await gateway.Client.GetStringAsync("/other/x"));
        using var answer = await silent;

        Assert.Equal(504, (int)answer.StatusCode);
        Assert.Equal("sandglass; error=http_response_timeout; details=\"forward/marketing\"", answer.Header("Proxy-Status"));
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(590));
        await gateway.SettleAsync(2);
        Assert.Equal(1, gateway.Count("failed", "forward", "plain"));
    }

    [Fact]
    public async Task A_reset_in_the_body_cuts_the_client_off()
    {
        await using var bad = new RawOrigin(static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + new string('x', 50000));
            await exchange.PauseAsync(TimeSpan.FromMilliseconds(50));
            exchange.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        var answer = await gateway.AskRawAsync("GET /plain/x HTTP/1.1\r\nHost: a\r\n\r\n");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.Client2.GetByteArrayAsync("/plain/x"));

        Assert.False(answer is { Status: 200, Whole: true });
        await gateway.SettleAsync(2);
        Assert.Equal(2, gateway.Count("failed", "forward"));
    }

    [Theory]
    [MemberData(nameof(Truncations), DisableDiscoveryEnumeration = true)]
    public async Task A_truncated_answer_never_looks_whole_and_is_not_kept(string what, string bytes)
    {
        await using var bad = RawOrigin.Sending(bytes);
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        foreach (var path in new[] { "/plain/x", "/shared/x", "/shared/x" })
        {
            var answer = await gateway.AskRawAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.False(answer is { Status: 200, Whole: true }, $"{what}: {path}");
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.Client2.GetStringAsync(path));
        }

        Assert.Equal(6, bad.Heads.Count);
        await gateway.SettleAsync(6);
        Assert.Equal(6, gateway.Count("failed", "forward"));
    }

    [Theory]
    [MemberData(nameof(Nonsense), DisableDiscoveryEnumeration = true)]
    public async Task Nonsense_instead_of_an_answer_is_502_or_504(string what, string bytes)
    {
        await using var bad = RawOrigin.Sending(bytes);
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        foreach (var path in new[] { "/plain/x", "/shared/x" })
        {
            using var answer = await gateway.Client.GetAsync(path);
            Assert.True((int)answer.StatusCode is 502 or 504, $"{what}: {path}: {answer.StatusCode}");
        }

        await gateway.SettleAsync(2);
        Assert.Equal(2, gateway.Count("failed", "forward"));
    }

    [Theory]
    [InlineData("HTTP/1.1 500 Oh\r\nContent-Length: 6\r\n\r\nsecret")]
    [InlineData("HTTP/1.1 503 Oh\r\nContent-Length: 6\r\n\r\nsecret")]
    [InlineData("")]
    public async Task A_route_with_a_fallback_gives_the_degraded_answer(string bytes)
    {
        await using var bad = RawOrigin.Sending(bytes);
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        using var answer = await gateway.Client.GetAsync("/soft/x");

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("""{"busy":true}""", (await answer.TextAsync()).Replace(" ", string.Empty, StringComparison.Ordinal));
        Assert.StartsWith("sandglass; error=", answer.Header("Proxy-Status"), StringComparison.Ordinal);
        Assert.EndsWith("details=\"forward/marketing\"", answer.Header("Proxy-Status"), StringComparison.Ordinal);
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count("fallback", "forward", "soft"));
    }

    [Fact]
    public async Task A_5xx_without_a_fallback_comes_back_as_it_is_and_counts_as_failed()
    {
        await using var bad = RawOrigin.Sending("HTTP/1.1 500 Oh\r\nX-Why: db\r\nContent-Length: 4\r\n\r\ntext");
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        using var answer = await gateway.Client.GetAsync("/plain/x");

        Assert.Equal((500, "text", "db"), ((int)answer.StatusCode, await answer.TextAsync(), answer.Header("X-Why")));
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count("failed", "forward", "plain"));
    }

    [Fact]
    public async Task A_backend_that_never_stops_is_passed_on_as_it_comes()
    {
        // 64 MB, of which the client takes 1 MB and leaves: neither kept in memory nor finished for nobody.
        await using var bad = await TestOrigin.StartAsync(async http =>
        {
            var block = new byte[1 << 20];
            for (var i = 0; i < 64; i++)
            {
                await http.Response.Body.WriteAsync(block, http.RequestAborted);
            }
        });
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        foreach (var path in new[] { "/plain/x", "/shared/x" })
        {
            using var client = await RawClient.ConnectAsync(gateway.Http);
            await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            for (var got = 0; got < 1 << 20;)
            {
                got += (await client.ReadSomeAsync()).Length;
            }

            client.Reset();
        }

        await gateway.SettleAsync(2);
        Assert.True(gateway.Count("aborted", "forward") == 2, string.Join("; ", gateway.Outcomes()));
        Assert.True(gateway.Host.State.Cache!.Bytes < 1 << 20);
    }

    [Fact]
    public async Task A_breaker_opens_refuses_and_recovers_and_other_backends_do_not_notice()
    {
        var time = new LeapTime();
        await using var good = await TestOrigin.SayingAsync("good");
        await using var bad = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(
            Breaking, o => o with { Time = time }, null, ("good", good.Address), ("bad", bad.Address));
        for (var i = 0; i < 5; i++)
        {
            using var failed = await gateway.Client.GetAsync("/plain/x");
            Assert.Equal(500, (int)failed.StatusCode);
        }

        await gateway.SettleAsync(5);
        using var refused = await gateway.Client.GetAsync("/plain/x");

        Assert.Equal(503, (int)refused.StatusCode);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, null), 1, 10);
        Assert.Equal("sandglass; error=destination_unavailable; details=\"break/plain (sheddable-plus, open)\"", refused.Header("Proxy-Status"));
        Assert.Equal(5, bad.Count);
        Assert.Equal("good", await gateway.Client.GetStringAsync("/other/x"));
        Assert.Equal(2, (await gateway.MetricsAsync()).Sum("sandglass_breaker_state", "route=\"plain\""));
        await gateway.SettleAsync(7);
        Assert.Equal(1, gateway.Count("refused", "break", "plain"));

        bad.Answer = static http => http.Response.WriteAsync("well again");
        // Retry-After waited out: it is never too early to come back then.
        time.Leap(TimeSpan.FromSeconds(int.Parse(refused.Header("Retry-After")!, null) + 1));
        Assert.Equal("well again", await gateway.Client.GetStringAsync("/plain/x"));
        await Eventually.TrueAsync(
            async () =>
            {
                using var probe = await gateway.Client.GetAsync("/plain/x");
                return gateway.Host.State.Breakers["plain"].Position(time.GetTimestamp()) == Algorithms.Breaking.BreakerPosition.Closed;
            },
            "the breaker closes");
    }

    [Fact]
    public async Task An_open_breaker_opens_again_when_its_probe_fails()
    {
        var time = new LeapTime();
        await using var bad = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(
            Breaking, o => o with { Time = time }, null, ("good", bad.Address), ("bad", bad.Address));
        for (var i = 0; i < 5; i++)
        {
            using var failed = await gateway.Client.GetAsync("/plain/x");
        }

        await gateway.SettleAsync(5);
        time.Leap(TimeSpan.FromSeconds(6));
        using var probe = await gateway.Client.GetAsync("/plain/x");
        await gateway.SettleAsync(6);
        using var refused = await gateway.Client.GetAsync("/plain/x");

        Assert.Null(probe.Header("Proxy-Status"));
        Assert.Equal(6, bad.Count);
        Assert.Equal("sandglass; error=destination_unavailable; details=\"break/plain (sheddable-plus, open)\"", refused.Header("Proxy-Status"));
    }

    [Fact]
    public async Task A_backend_that_falls_silent_in_the_body_is_cut_off()
    {
        await using var bad = new RawOrigin(static async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            await exchange.HangAsync();
        });
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        for (var i = 0; i < 4; i++)
        {
            var answer = await gateway.AskRawAsync("GET /plain/x HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.False(answer is { Status: 200, Whole: true });
        }

        await gateway.SettleAsync(4);
        Assert.True(gateway.Count("failed", "forward") == 4, string.Join("; ", gateway.Outcomes()));
        Assert.Equal((4, 0), await JudgedAsync(gateway));
    }

    [Fact]
    public async Task A_breaker_opens_for_a_backend_that_hangs_for_as_long_as_its_window_with_one_permit()
    {
        await using var good = await TestOrigin.SayingAsync("good");
        await using var bad = new RawOrigin(static exchange => exchange.HangAsync());
        // One time-out in each window.
        var policy = Breaking.Replace("\"timeout\": \"5s\",\n", "\"timeout\": \"1s\",\n", StringComparison.Ordinal)
            .Replace("\"minRequests\": 5, \"failureRatio\": 0.5, \"window\": \"10s\"", "\"minRequests\": 3, \"failureRatio\": 0.5, \"window\": \"1s\"", StringComparison.Ordinal)
            .Replace("\"a\": \"@bad\" }", "\"a\": \"@bad\" }, \"concurrency\": { \"initial\": 1, \"min\": 1, \"max\": 1 }", StringComparison.Ordinal);
        await using var gateway = await TestGateway.StartAsync(policy, ("good", good.Address), ("bad", bad.Address));
        var statuses = new List<int>();

        // A busy machine may make a pause between two of them.
        while (statuses.Count < 12 && !statuses.Contains(503))
        {
            using var answer = await gateway.Client.GetAsync("/plain/x");
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Equal([504, 504, 504], statuses[..3]);
        Assert.Contains(503, statuses);
        Assert.Equal("good", await gateway.Client.GetStringAsync("/other/x"));
    }

    // A megabyte at a time, so that both the copy and what the gateway has read ahead for a shared answer are stuck at the client.
    [Theory]
    [InlineData("plain", false, "")]
    [InlineData("shared", false, "")]
    [InlineData("plain", false, "Accept: text/event-stream\r\n")]
    [InlineData("plain", true, "")]
    public async Task A_client_that_does_not_read_is_cut_off_and_the_backend_is_not_blamed(string route, bool http2, string headers)
    {
        await using var origin = await TestOrigin.StartAsync(static async http =>
        {
            var block = new byte[1 << 20];
            for (var i = 0; i < 64; i++)
            {
                await http.Response.Body.WriteAsync(block, http.RequestAborted);
            }
        });
        await using var gateway = await TestGateway.StartAsync(Two, ("good", origin.Address), ("bad", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        if (http2)
        {
            using var answer = await gateway.Client2.GetAsync($"/{route}/x", HttpCompletionOption.ResponseHeadersRead);
            await gateway.SettleAsync(1);
        }
        else
        {
            await client.SendAsync($"GET /{route}/x HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
            await gateway.SettleAsync(1);
        }

        Assert.True(gateway.Count("aborted", "forward") == 1, string.Join("; ", gateway.Outcomes()));
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);
        Assert.Equal((0, 1), await JudgedAsync(gateway));
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\n", "half", 0)]
    [InlineData("Content-Length: 100000\r\n\r\n", "half", 1)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n", "4\r\nhalf\r\n", 1)]
    public async Task A_client_that_stops_amid_its_body_is_told_so_and_the_backend_is_not_blamed(string headers, string part, int ignored)
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(Two, ("good", origin.Address), ("bad", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync($"POST /plain/x HTTP/1.1\r\nHost: a\r\n{headers}{part}");
        var answer = await client.ReadAsync();

        Assert.Equal(408, answer?.Status);
        await gateway.SettleAsync(1);
        Assert.True(gateway.Count("refused", "trust") == 1, string.Join("; ", gateway.Outcomes()));
        // A short one never gets there.
        Assert.Equal((0, ignored), await JudgedAsync(gateway));
    }

    [Fact]
    public async Task A_backend_that_does_not_answer_a_whole_body_is_blamed()
    {
        await using var bad = new RawOrigin(static exchange => exchange.HangAsync());
        await using var gateway = await TestGateway.StartAsync(Two, ("good", bad.Address), ("bad", bad.Address));

        using var answer = await gateway.Client.SendAsync(HttpMethod.Post, "/plain/x", new StringContent("whole"));

        Assert.Equal(504, (int)answer.StatusCode);
        await gateway.SettleAsync(1);
        Assert.Equal((1, 0), await JudgedAsync(gateway));
    }

    // What the destination is taken to have done: failures and what was nobody's.
    private static async Task<(double Failed, double Ignored)> JudgedAsync(TestGateway gateway)
    {
        var metrics = await gateway.MetricsAsync();
        return (metrics.Sum("sandglass_backend_requests_total", "result=\"failure\""), metrics.Sum("sandglass_backend_requests_total", "result=\"ignored\""));
    }
}
