using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SandGlass.LoadTests.Replay;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Replay;

/// <summary>What the gateway writes is what the replay reads, and what the gateway has counted.</summary>
public sealed class GatewayLogTests
{
    private const string Policy = """
        {
          "accessLog": { "client": "address" },
          "edge": { "trustedProxies": [ "127.0.0.0/8" ] },
          "backends": { "marketing": { "destinations": { "a": "@origin" } }, "gone": { "destinations": { "a": "http://127.0.0.1:1" } } },
          "routes": {
            "products": { "chain": "marketing", "match": { "path": "/products/{id}" }, "coalesce": { "ttl": "10s" } },
            "refused": { "chain": "transaction", "backend": "marketing", "match": { "path": "/refused" }, "rateLimits": [ "one" ] },
            "degraded": { "chain": "after-sale", "backend": "gone", "match": { "path": "/degraded" }, "fallback": "sorry" },
            "failed": { "chain": "fulfillment", "backend": "gone", "match": { "path": "/failed" } }
          },
          "rateLimits": { "one": { "rate": "1/h", "burst": 1 } },
          "fallbacks": { "sorry": { "json": { "sorry": true } } }
        }
        """;

    [Fact]
    public async Task Every_request_leaves_one_line_that_agrees_with_the_counters_and_can_be_replayed()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.CacheControl = "public, max-age=60";
            return http.Response.WriteAsync("fine");
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        string[] asked = ["/products/1", "/products/1?colour=red%20wine", "/products/1", "/refused", "/refused", "/degraded", "/failed", "/nowhere", "/a/../products/2"];
        for (var i = 0; i < asked.Length; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, asked[i]);
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{(i < 3 ? i : 9)}");
            using var answer = await gateway.Client.SendAsync(request);
        }

        await gateway.AskRawAsync("GET /%2e%2e%2fa%2fb?x=1 HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
        await gateway.SettleAsync(asked.Length + 1);
        await gateway.Host.AccessLog.DisposeAsync();

        var text = await File.ReadAllTextAsync(Path.Combine(gateway.Folder, "state", "access.jsonl"));
        var lines = text.TrimEnd().Split('\n').Select(static l => JsonDocument.Parse(l).RootElement).ToArray();
        string Of(JsonElement line, string field) => line.GetProperty(field).ToString();
        Assert.Equal(
            gateway.Outcomes().SelectMany(static o => Enumerable.Repeat($"{o.Chain} {o.Route} {o.Outcome} {o.Layer}", (int)o.Total)).Order(StringComparer.Ordinal),
            lines.Select(l => $"{Of(l, "chain")} {Of(l, "route")} {Of(l, "outcome")} {Of(l, "layer")}").Order(StringComparer.Ordinal));
        var refused = Assert.Single(lines, static l => l.GetProperty("outcome").GetString() == "refused" && l.GetProperty("layer").GetString() == "rate-limit");
        Assert.Equal(("429", "one"), (Of(refused, "status"), Of(refused, "rule")));
        Assert.Equal("/%2e%2e%2fa%2fb?x=1", Of(Assert.Single(lines, static l => l.GetProperty("layer").GetString() == "trust"), "url"));

        using var reader = new StringReader(text);
        var log = LogReader.Read(reader);
        Assert.Equal(("JSON lines", 0, 10), (log.Format, log.Malformed, log.Entries.Count));
        Assert.Equal(["/products/1", "/products/1?colour=red%20wine", "/products/1"], log.Entries.Take(3).Select(static e => e.Target));
        Assert.Equal(["203.0.113.0", "203.0.113.1", "203.0.113.2"], log.Entries.Take(3).Select(static e => e.Client));
        Assert.False(log.WholeSeconds);
    }

    [Fact]
    public async Task A_reload_turns_it_on_and_off_for_the_next_request()
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("fine"));
        var off = TestGateway.PassThrough;
        var on = off.Insert(off.IndexOf('{', StringComparison.Ordinal) + 1, "\"accessLog\": {},");
        await using var gateway = await TestGateway.StartAsync(off, ("origin", origin.Address));
        var sent = 0;
        foreach (var policy in new[] { off, on, off })
        {
            await gateway.ReloadAsync(policy + new string(' ', ++sent));
            Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAsync($"/{sent}")).StatusCode);
            await gateway.SettleAsync(sent);
        }

        await gateway.Host.AccessLog.DisposeAsync();

        var line = Assert.Single(await File.ReadAllLinesAsync(Path.Combine(gateway.Folder, "state", "access.jsonl")));
        Assert.Equal("/2", JsonDocument.Parse(line).RootElement.GetProperty("url").GetString());
        Assert.Equal(1, (await gateway.MetricsAsync()).Sum("sandglass_access_log_lines_total"));
    }
}
