using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The admin listener: health, metrics, status, console, and who may.</summary>
public sealed class AdminTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": {
            "shop": { "chain": "marketing", "match": { "path": "/shop/{**rest}" }, "timeout": "5s", "coalesce": { "ttl": "1s" }, "rateLimits": [ "many" ] }
          },
          "rateLimits": { "many": { "rate": "1000/s" } },
          "fallbacks": { "busy": { "status": 503, "body": "busy" } },
          "switches": { "off": { "routes": [ "shop" ], "do": { "fallback": "busy" } } }
        }
        """;

    [Fact]
    public async Task Ready_until_it_drains_and_served_while_it_drains()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        Assert.Equal("alive\n", await gateway.Admin.GetStringAsync("healthz"));
        Assert.Equal("ready\n", await gateway.Admin.GetStringAsync("readyz"));

        gateway.Host.Drain();

        using var ready = await gateway.Admin.GetAsync("readyz");
        Assert.Equal((503, "draining\n"), ((int)ready.StatusCode, await ready.TextAsync()));
        Assert.Equal("alive\n", await gateway.Admin.GetStringAsync("healthz"));
        var served = await gateway.AskRawAsync("GET /shop/x HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal((200, "ok", "close"), (served!.Status, served.Body, served["Connection"]));
    }

    [Fact]
    public async Task A_backend_that_is_down_leaves_it_ready()
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));
        using var failed = await gateway.Client.GetAsync("/shop/x");

        Assert.Equal(502, (int)failed.StatusCode);
        Assert.Equal("ready\n", await gateway.Admin.GetStringAsync("readyz"));
    }

    [Fact]
    public async Task Metrics_are_well_formed_and_say_what_happened()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await gateway.Client.GetStringAsync("/shop/x");
        await gateway.Client2.GetStringAsync("/shop/y");
        using var nowhere = await gateway.Client.GetAsync("/nowhere/\"\\%0A{}");
        await gateway.SettleAsync(3);

        var page = await gateway.MetricsAsync();

        Assert.Equal(2, page.Sum("sandglass_requests_total", "chain=\"marketing\"", "route=\"shop\"", "outcome=\"served\"", "layer=\"forward\""));
        Assert.Equal(3, page.Sum("sandglass_requests_total"));
        Assert.Equal(2, page.Sum("sandglass_rate_limit_total", "rule=\"many\"", "decision=\"admit\""));
        Assert.Equal(2, page.Sum("sandglass_backend_requests_total", "backend=\"marketing\"", "destination=\"a\"", "result=\"success\""));
        Assert.Equal(1, page.Sum("sandglass_policy_info", $"revision=\"{gateway.Host.Store.Current.Revision}\""));
        Assert.Equal(1, page.Sum("sandglass_policy_last_reload_successful"));
        foreach (var name in new[]
        {
            "sandglass_shadow_total", "sandglass_backend_limit", "sandglass_backend_inflight", "sandglass_breaker_state", "sandglass_coalesce_total",
            "sandglass_switch_on", "sandglass_policy_reloads_total", "sandglass_build_info", "sandglass_spoofed_headers_total", "sandglass_fleet_members",
        })
        {
            Assert.Contains(name, page.Types.Keys);
        }
    }

    [Fact]
    public async Task Clients_cannot_make_series()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await gateway.Client2.GetStringAsync("/shop/first");
        using (var first = await gateway.Client2.GetAsync("/first", ("X-Forwarded-For", "1.1.1.1")))
        {
        }

        await gateway.SettleAsync();
        var before = (await gateway.MetricsAsync()).Samples.Count;

        for (var i = 0; i < 200; i++)
        {
            using var one = await gateway.Client2.SendAsync(new($"M{i}"), $"/{(i % 2 == 0 ? "shop" : "x")}/{i}", null, ("X-Forwarded-For", $"1.2.3.{i}"), ("User-Agent", $"a{i}"));
        }

        await gateway.SettleAsync();
        Assert.InRange((await gateway.MetricsAsync()).Samples.Count - before, 0, 60);
    }

    [Fact]
    public async Task Status_tells_the_totals_and_the_stream_goes_on()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await gateway.Client.GetStringAsync("/shop/x");
        await gateway.SettleAsync(1);

        var status = await gateway.StatusAsync();
        Assert.Equal("ready", status.GetProperty("state").GetString());
        Assert.Equal(gateway.Host.Store.Current.Revision, status.GetProperty("revision").GetString());
        Assert.Equal(1, status.GetProperty("requests").GetProperty("total").GetInt64());
        Assert.Equal(0, status.GetProperty("requests").GetProperty("underWay").GetInt64());

        using var stream = await gateway.Admin.GetAsync("api/stream", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
        for (var events = 0; events < 2;)
        {
            var line = await reader.ReadLineAsync().WaitAsync(Eventually.Deadline);
            Assert.NotNull(line);
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events++;
                Assert.Equal(1, JsonDocument.Parse(line[6..]).RootElement.GetProperty("requests").GetProperty("total").GetInt64());
            }
        }
    }

    [Fact]
    public async Task The_console_is_served_with_a_strict_policy_for_the_browser()
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));

        using var page = await gateway.Admin.GetAsync("/");

        Assert.Equal("text/html; charset=utf-8", page.Header("Content-Type"));
        Assert.Contains("default-src 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal(("nosniff", "no-store"), (page.Header("X-Content-Type-Options"), page.Header("Cache-Control")));
        foreach (System.Text.RegularExpressions.Match asset in System.Text.RegularExpressions.Regex.Matches(await page.TextAsync(), "(?:src|href)=\"(/?console/[^\"]+)\""))
        {
            using var file = await gateway.Admin.GetAsync(asset.Groups[1].Value);
            Assert.Equal(200, (int)file.StatusCode);
        }
    }

    [Theory]
    [InlineData("Host", "evil.example", 421)]
    [InlineData("Host", "127.0.0.1:1", 421)]
    [InlineData("Origin", "http://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "https://127.0.0.1", 403)]
    public async Task A_foreign_host_or_origin_is_refused(string header, string value, int status)
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));

        foreach (var path in new[] { "/", "api/status", "metrics", "api/switches/off" })
        {
            using var answer = await gateway.Admin.SendAsync(
                path.EndsWith("off", StringComparison.Ordinal) ? HttpMethod.Put : HttpMethod.Get, path, null, (header, value));
            Assert.True((int)answer.StatusCode == status, $"{path}: {answer.StatusCode}");
            Assert.Null(answer.Header("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Tokens_say_who_may_read_and_who_may_change()
    {
        await using var gateway = await TestGateway.StartAsync(
            Policy, static o => o with { AdminToken = "the-admin", ViewerToken = "the-viewer" }, null, ("origin", "http://127.0.0.1:9"));
        var change = """{"on":true,"reason":"x"}""";

        async Task<int> StatusOf(HttpMethod method, string path, string? token)
        {
            using var answer = await gateway.Admin.SendAsync(
                method, path, method == HttpMethod.Put ? new StringContent(change, Encoding.UTF8, "application/json") : null,
                token is null ? [] : [("Authorization", $"Bearer {token}")]);
            return (int)answer.StatusCode;
        }

        foreach (var path in new[] { "metrics", "api/status", "api/stream", "api/switches", "api/policy", "api/nothing" })
        {
            Assert.Equal(401, await StatusOf(HttpMethod.Get, path, null));
        }

        Assert.Equal(401, await StatusOf(HttpMethod.Put, "api/switches/off", null));
        Assert.Equal(401, await StatusOf(HttpMethod.Get, "api/status", "the-Admin"));
        Assert.Equal(403, await StatusOf(HttpMethod.Put, "api/switches/off", "the-viewer"));
        Assert.Equal(200, await StatusOf(HttpMethod.Get, "api/status", "the-viewer"));
        Assert.Equal(200, await StatusOf(HttpMethod.Put, "api/switches/off", "the-admin"));
        Assert.Equal(200, await StatusOf(HttpMethod.Get, "healthz", null));
        Assert.Equal(200, await StatusOf(HttpMethod.Get, "readyz", null));

        // Ten wrong ones, and it slows down whoever goes on guessing.
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add(await StatusOf(HttpMethod.Get, "api/status", $"guess-{i}"));
        }

        Assert.Equal(429, statuses[^1]);
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/api/status")]
    [InlineData("/api/switches")]
    [InlineData("/console/app.js")]
    public async Task The_data_listener_serves_no_admin_and_the_admin_listener_no_shop(string path)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));

        using var data = await gateway.Client.GetAsync(path);
        using var shop = await gateway.Admin.GetAsync("/shop/x");

        Assert.Equal((404, 404), ((int)data.StatusCode, (int)shop.StatusCode));
        Assert.Equal(0, origin.Count);
    }

    [Fact]
    public async Task Answers_of_ours_tell_nothing_about_the_inside()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));

        foreach (var (client, path) in new[] { (gateway.Client, "/shop/x"), (gateway.Client, "/none"), (gateway.Admin, "/none"), (gateway.Admin, "/api/switches") })
        {
            using var answer = await client.GetAsync(path);
            var all = answer + await answer.TextAsync();
            foreach (var secret in new[] { "127.0.0.1:9", "Exception", "   at ", "Kestrel", "YARP" })
            {
                Assert.DoesNotContain(secret, all.Replace(gateway.Http.Authority, "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public async Task Validate_places_every_error()
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));

        using var answer = await gateway.Admin.PostAsync("api/policy/validate", new StringContent("{\n  \"backend\": {},\n  \"routes\": { \"r\": { \"tiemout\": 3 } }\n}"));

        Assert.Equal(422, (int)answer.StatusCode);
        var errors = JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("errors").EnumerateArray().ToArray();
        Assert.Contains(errors, static e => e.GetProperty("pointer").GetString() == "/backend" && e.GetProperty("line").GetInt32() == 2);
        Assert.Contains(errors, static e => e.GetProperty("pointer").GetString() == "/routes/r/tiemout" && e.GetProperty("line").GetInt32() == 3);
    }
}
