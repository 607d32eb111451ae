using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Quotas: who is over gets 429 with all that a client needs to come back at the right moment.</summary>
public sealed class RateLimitTests
{
    private const string Three = """
        {
          "edge": { "trustedProxies": [ "127.0.0.1" ] },
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s", "rateLimits": [ "per-client" ], "fallback": "busy" } },
          "rateLimits": { "per-client": { "rate": "1/s", "burst": 3, "key": "client" } },
          "fallbacks": { "busy": { "status": 200, "body": "busy" } }
        }
        """;

    private const string TwoAtOnce = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s", "rateLimits": [ "at-once" ] } },
          "rateLimits": { "at-once": { "algorithm": "concurrency", "burst": 2, "key": "client" } }
        }
        """;

    [Fact]
    public async Task Who_is_over_gets_429_and_may_come_back_when_told()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Three, o => o with { Time = time }, null, ("origin", origin.Address));
        HttpResponseMessage? refused = null;
        for (var i = 0; i < 20 && refused is null; i++)
        {
            var answer = await gateway.Client.GetAsync("/x");
            Assert.Equal("\"per-client\";q=3;w=3", answer.Header("RateLimit-Policy"));
            Assert.Matches("^\"per-client\";r=[0-3];t=[0-9]+$", answer.Header("RateLimit"));
            refused = answer.StatusCode == HttpStatusCode.TooManyRequests ? answer : null;
        }

        Assert.NotNull(refused);
        Assert.Equal("application/problem+json", refused.Header("Content-Type"));
        var problem = JsonDocument.Parse(await refused.TextAsync()).RootElement;
        Assert.Equal("https://iana.org/assignments/http-problem-types#quota-exceeded", problem.GetProperty("type").GetString());
        Assert.Equal((429, "rate-limit", "per-client"),
            (problem.GetProperty("status").GetInt32(), problem.GetProperty("layer").GetString(), problem.GetProperty("rule").GetString()));
        Assert.Equal(32, problem.GetProperty("traceId").GetString()!.Length);
        Assert.Equal("sandglass; error=http_request_denied; details=\"rate-limit/per-client\"", refused.Header("Proxy-Status"));
        var wait = int.Parse(refused.Header("Retry-After")!, null);
        var told = int.Parse(Regex.Match(refused.Header("RateLimit")!, "t=([0-9]+)").Groups[1].Value, null);
        Assert.True(wait >= told && wait >= 1, $"Retry-After {wait}, t={told}");
        Assert.True(origin.Count >= 3);

        time.Leap(TimeSpan.FromSeconds(wait));
        using var again = await gateway.Client.GetAsync("/x");
        Assert.Equal(200, (int)again.StatusCode);
        Assert.Equal("ok", await again.TextAsync());
    }

    [Fact]
    public async Task A_switch_that_halves_the_limits_is_told_with_every_answer_and_so_is_its_end()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(
            Three.Replace("\"fallbacks\"", "\"switches\": { \"limits-half\": { \"chains\": [ \"marketing\" ], \"do\": { \"scaleRateLimits\": 0.5 } } }, \"fallbacks\"", StringComparison.Ordinal),
            o => o with { Time = time }, null, ("origin", origin.Address));
        foreach (var (on, expected) in new[] { (true, "\"per-client\";q=3;w=6"), (false, "\"per-client\";q=3;w=3") })
        {
            using var thrown = await gateway.Admin.PutAsJsonAsync("api/switches/limits-half", new { on, reason = "a test" });
            Assert.Equal(HttpStatusCode.OK, thrown.StatusCode);
            time.Leap(TimeSpan.FromSeconds(60));
            var statuses = new List<int>();
            for (var i = 0; i < 4; i++)
            {
                using var answer = await gateway.Client.GetAsync("/x");
                Assert.Equal(expected, answer.Header("RateLimit-Policy"));
                statuses.Add((int)answer.StatusCode);
            }

            // What it tells is so: the burst is there at once, and the next comes after a third of the window.
            Assert.Equal([200, 200, 200, 429], statuses);
            time.Leap(TimeSpan.FromSeconds(on ? 2 : 1));
            Assert.Equal(200, (int)(await gateway.Client.GetAsync("/x")).StatusCode);
            Assert.Equal(429, (int)(await gateway.Client.GetAsync("/x")).StatusCode);
        }
    }

    [Fact]
    public async Task Each_client_behind_the_trusted_proxy_has_its_own_bucket()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Three.Replace("1/s", "1/m", StringComparison.Ordinal), ("origin", origin.Address));

        foreach (var client in new[] { "203.0.113.7", "203.0.113.8", "2001:db8::1" })
        {
            var statuses = new List<int>();
            for (var i = 0; i < 4; i++)
            {
                // Whatever stands before the last untrusted address is hearsay.
                using var answer = await gateway.Client.GetAsync("/x", ("X-Forwarded-For", $"6.6.6.{i}, {client}"));
                statuses.Add((int)answer.StatusCode);
            }

            Assert.Equal([200, 200, 200, 429], statuses);
        }

        Assert.Equal(9, origin.Count);
        await gateway.SettleAsync(12);
        Assert.Equal(3, gateway.Count("refused", "rate-limit"));
    }

    [Fact]
    public async Task A_strangers_forwarded_for_opens_no_new_bucket()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(
            Three.Replace("1/s", "1/m", StringComparison.Ordinal).Replace("127.0.0.1", "192.0.2.1", StringComparison.Ordinal), ("origin", origin.Address));

        for (var i = 0; i < 10; i++)
        {
            using var answer = await gateway.Client.GetAsync("/x", ("X-Forwarded-For", $"203.0.113.{i}"));
            Assert.Equal(i < 3 ? 200 : 429, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task Spelling_connection_and_protocol_do_not_matter_to_the_bucket()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Three.Replace("1/s", "1/m", StringComparison.Ordinal), ("origin", origin.Address));

        using var one = await gateway.Client.GetAsync("/x");
        using var two = await gateway.Client2.GetAsync("/X/");
        var three = await gateway.AskRawAsync("GET //x HTTP/1.1\r\nHost: a\r\n\r\n");
        using var four = await gateway.Client2.GetAsync("/x");
        var five = await gateway.AskRawAsync("GET /%78?y HTTP/1.1\r\nHost: a\r\n\r\n");
        using var client = await RawClient.ConnectAsync(gateway.Http);
        await client.SendAsync("GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal([200, 200, 200], [(int)one.StatusCode, (int)two.StatusCode, three!.Status]);
        var six = await client.ReadAsync();
        var seven = await client.ReadAsync();
        Assert.Equal([429, 429, 429, 429], [(int)four.StatusCode, five!.Status, six!.Status, seven!.Status]);
    }

    [Fact]
    public async Task A_route_and_its_limit_are_not_missed_by_encoding_a_colon()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync("""
            {
              "backends": { "marketing": { "destinations": { "a": "@origin" } } },
              "routes": {
                "search": { "chain": "marketing", "match": { "path": "/v1/users:search" }, "rateLimits": [ "few" ] },
                "all": { "chain": "marketing", "match": { "path": "/{**rest}" } }
              },
              "rateLimits": { "few": { "rate": "1/h", "burst": 1 } }
            }
            """, ("origin", origin.Address));

        var plain = await gateway.AskRawAsync("GET /v1/users:search HTTP/1.1\r\nHost: a\r\n\r\n");
        var encoded = await gateway.AskRawAsync("GET /v1/users%3Asearch HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal((200, 429), (plain!.Status, encoded!.Status));
        Assert.Equal("/v1/users:search", origin.Only.Target);
    }

    [Fact]
    public async Task People_get_a_page_instead_of_json()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Three.Replace("1/s", "1/h", StringComparison.Ordinal), ("origin", origin.Address));
        for (var i = 0; i < 3; i++)
        {
            using var fine = await gateway.Client.GetAsync("/x");
        }

        using var answer = await gateway.Client.GetAsync("/x", ("Accept", "text/html,application/xhtml+xml"));

        Assert.Equal(429, (int)answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", answer.Header("Content-Type"));
        Assert.StartsWith("<!doctype html>", await answer.TextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_keeps_its_place_among_those_under_way_until_it_ends(bool http2)
    {
        var done = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: 1\n\n");
            await http.Response.Body.FlushAsync();
            await (http.Request.Path == "/ends" ? done.WaitAsync(http.RequestAborted) : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted));
        });
        await using var gateway = await TestGateway.StartAsync(TwoAtOnce, ("origin", origin.Address));
        var client = http2 ? gateway.Client2 : gateway.Client;

        var left = await StreamAsync("/stays");
        using var ended = await StreamAsync("/ends");
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);
        using (var third = await client.GetAsync("/third"))
        {
            Assert.Equal(429, (int)third.StatusCode);
        }

        // One ends by itself, the other's client leaves.
        done.Release();
        await Eventually.TrueAsync(() => gateway.UnderWay == 1, "one has ended");
        using var another = await StreamAsync("/stays");
        left.Dispose();
        await Eventually.TrueAsync(() => gateway.UnderWay == 1, "the other is gone");
        using var last = await StreamAsync("/stays");
        using var over = await client.GetAsync("/third");
        Assert.Equal(429, (int)over.StatusCode);

        async Task<HttpResponseMessage> StreamAsync(string path)
        {
            var answer = await client.GetAsync(path, ("Accept", "text/event-stream"));
            Assert.Equal(200, (int)answer.StatusCode);
            return answer;
        }
    }

    [Fact]
    public async Task A_client_over_its_own_quota_that_resets_what_it_asks_takes_nothing_from_the_others()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync("""
            {
              "edge": { "trustedProxies": [ "127.0.0.1" ] },
              "backends": { "marketing": { "destinations": { "a": "@origin" } } },
              "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s", "rateLimits": [ "of-all", "of-one" ] } },
              "rateLimits": { "of-all": { "rate": "1/h", "burst": 20, "key": "route" }, "of-one": { "rate": "1/h", "burst": 2, "key": "client" } }
            }
            """, ("origin", origin.Address));
        for (var i = 0; i < 2; i++)
        {
            using var answer = await gateway.Client.GetAsync("/x", ("X-Forwarded-For", "203.0.113.7"));
            Assert.Equal(200, (int)answer.StatusCode);
        }

        using var client = await RawHttp2.ConnectAsync(gateway.H2c);
        using var cancel = new CancellationTokenSource();
        var reading = client.DrainAsync(cancel.Token);
        for (var i = 0; i < 60; i++)
        {
            var stream = client.NextStream();
            Assert.True(await client.TrySendAsync(
                RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, RawHttp2.Block("shop.example", "/x", ("x-forwarded-for", "203.0.113.7"))),
                RawHttp2.Frame(RawHttp2.Reset, 0, stream, [0, 0, 0, 8])));
        }

        await gateway.SettleAsync(62);
        await cancel.CancelAsync();
        await reading;
        for (var i = 0; i < 18; i++)
        {
            using var answer = await gateway.Client.GetAsync("/x", ("X-Forwarded-For", $"198.51.100.{i}"));
            Assert.Equal(200, (int)answer.StatusCode);
        }
    }
}
