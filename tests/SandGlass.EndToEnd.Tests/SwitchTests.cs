using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Switches through the admin API: in force for the very next request, kept over a restart, each with a reason on the record.</summary>
public sealed class SwitchTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": {
            "reviews": { "chain": "marketing", "match": { "path": "/reviews" }, "timeout": "5s" },
            "rest":    { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" }
          },
          "fallbacks": { "none": { "status": 200, "json": [] } },
          "switches": {
            "reviews-off": { "description": "Serve empty reviews", "routes": [ "reviews" ], "do": { "fallback": "none" } },
            "all-off":     { "chains": [ "*" ], "do": { "refuse": { "status": 503, "retryAfter": "30s" } } },
            "half":        { "routes": [ "rest" ], "do": { "admit": 0 } }
          }
        }
        """;

    private const string Ask = "GET /reviews HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task A_switch_works_for_the_very_next_request_and_off_gives_the_same_bytes_again()
    {
        await using var origin = new RawOrigin(static exchange => exchange.WriteAsync(
            "HTTP/1.1 200 OK\r\nDate: Wed, 11 Nov 2026 00:00:00 GMT\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nfive"));
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        var before = await gateway.AskRawAsync(Ask);

        for (var turn = 0; turn < 3; turn++)
        {
            await gateway.SwitchAsync("reviews-off", true);
            var on = await gateway.AskRawAsync(Ask);
            await gateway.SwitchAsync("reviews-off", false);
            var after = await gateway.AskRawAsync(Ask);

            Assert.Equal((200, "[]"), (on!.Status, on.Body));
            Assert.Equal("sandglass; error=http_request_denied; details=\"switch/reviews-off\"", on["Proxy-Status"]);
            Assert.Equal(before!.Status, after!.Status);
            Assert.Equal(before.Headers, after.Headers);
            Assert.Equal(before.Body, after.Body);
        }

        Assert.Equal(4, origin.Heads.Count);
        await gateway.SettleAsync(7);
        Assert.Equal(3, gateway.Count("fallback", "switch", "reviews"));
    }

    [Fact]
    public async Task Every_pair_of_switches_goes_on_and_off_without_an_error_of_the_gateways_own()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        string[] all = ["reviews-off", "all-off", "half"];

        foreach (var (one, two) in all.SelectMany(a => all.Where(b => b != a).Select(b => (a, b))))
        {
            await gateway.SwitchAsync(one, true);
            await gateway.SwitchAsync(two, true);
            foreach (var path in new[] { "/reviews", "/x" })
            {
                using var answer = await gateway.Client.GetAsync(path);
                Assert.True((int)answer.StatusCode is 200 or 503, $"{one}+{two} {path}: {answer.StatusCode}");
                Assert.True((int)answer.StatusCode == 200 || answer.Header("Retry-After") is not null);
            }

            await gateway.SwitchAsync(one, false);
            await gateway.SwitchAsync(two, false);
            Assert.Equal("ok", await gateway.Client.GetStringAsync("/reviews"));
            Assert.Equal("ok", await gateway.Client.GetStringAsync("/x"));
        }

        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_defects_total"));
    }

    [Theory]
    [InlineData("nothing", """{"on":true,"reason":"x"}""", 404)]
    [InlineData("reviews-off", """{"on":true}""", 422)]
    [InlineData("reviews-off", """{"on":true,"reason":"  "}""", 422)]
    [InlineData("reviews-off", """{"reason":"x"}""", 422)]
    [InlineData("reviews-off", """{"on":true,"reason":"x","for":"soon"}""", 422)]
    [InlineData("reviews-off", """{"on":true,"reason":"x","for":"0s"}""", 422)]
    [InlineData("reviews-off", """null""", 422)]
    [InlineData("reviews-off", """not json""", 400)]
    [InlineData("reviews-off", "", 400)]
    [InlineData("reviews-off", """[]""", 400)]
    [InlineData("reviews-off", """{"on":"yes","reason":"x"}""", 400)]
    [InlineData("reviews-off", """{"on":true,"reason":"x","force":true}""", 400)]
    [InlineData("reviews-off", """{"on":true,"on":false,"reason":"x"}""", 400)]
    [InlineData("reviews-off", """{"on":true,"reason":"x","__proto__":{}}""", 400)]
    [InlineData("reviews-off", """{"\ud800":1}""", 400)]
    public async Task A_wrong_change_changes_nothing(string id, string body, int status)
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));

        using var answer = await gateway.Admin.PutAsync($"api/switches/{id}", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(0, (await gateway.MetricsAsync()).Sum("sandglass_switch_on"));
        Assert.False(File.Exists(Path.Combine(gateway.Folder, "state", "audit.jsonl")));
    }

    [Fact]
    public async Task Of_fifty_who_throw_it_at_once_each_sees_what_the_one_before_did()
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));
        async Task<long> FlipAsync(int who)
        {
            for (var tries = 0; ; tries++)
            {
                using var seen = await gateway.Admin.GetAsync("api/switches/reviews-off");
                var on = JsonDocument.Parse(await seen.TextAsync()).RootElement.GetProperty("on").GetBoolean();
                using var put = new HttpRequestMessage(HttpMethod.Put, "api/switches/reviews-off") { Content = JsonContent.Create(new { on = !on, reason = $"flip {who}" }) };
                put.Headers.IfMatch.Add(seen.Headers.ETag!);
                using var answer = await gateway.Admin.SendAsync(put);
                if (answer.IsSuccessStatusCode)
                {
                    return JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("version").GetInt64();
                }

                Assert.Equal(412, (int)answer.StatusCode);
                Assert.NotNull(answer.Headers.ETag);
            }
        }

        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(FlipAsync));

        // Whoever was taken saw a version of its own: the audit tells them in one order, on and off by turns.
        var audit = (await File.ReadAllLinesAsync(Path.Combine(gateway.Folder, "state", "audit.jsonl"))).Select(static l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Equal(Enumerable.Range(1, 50).Select(static i => (long)i), audit.Select(static a => a.GetProperty("after").GetProperty("version").GetInt64()));
        Assert.All(audit.Select(static (a, i) => (a, i)), static line => Assert.Equal(line.i % 2 == 0, line.a.GetProperty("after").GetProperty("on").GetBoolean()));
        Assert.Equal(50, audit.Select(static a => a.GetProperty("why").GetString()).Distinct().Count());
        Assert.True(all.Max() == 50, $"the last version was {all.Max()}");
    }

    [Theory]
    [InlineData("\"0\"", 200)]
    [InlineData("*", 200)]
    [InlineData("\"1\"", 412)]
    [InlineData("W/\"0\"", 412)]
    [InlineData("\"1\", \"0\"", 200)]
    [InlineData("\"0", 412)]
    [InlineData("0", 412)]
    public async Task Only_who_names_the_version_that_it_has_may_throw_it(string tag, int status)
    {
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", "http://127.0.0.1:9"));
        foreach (var dryRun in new[] { true, false })
        {
            using var put = new HttpRequestMessage(HttpMethod.Put, "api/switches/reviews-off") { Content = JsonContent.Create(new { on = true, reason = "x", dryRun }) };
            put.Headers.TryAddWithoutValidation("If-Match", tag);
            using var answer = await gateway.Admin.SendAsync(put);

            Assert.Equal(status, (int)answer.StatusCode);
            Assert.StartsWith(status == 200 && !dryRun ? "\"1-" : "\"0-", answer.Headers.ETag!.Tag, StringComparison.Ordinal);
            if (status == 412)
            {
                // What the refusal names is what may be thrown.
                using var again = new HttpRequestMessage(HttpMethod.Put, "api/switches/reviews-off") { Content = JsonContent.Create(new { on = true, reason = "x", dryRun = true }) };
                again.Headers.IfMatch.Add(answer.Headers.ETag);
                using var taken = await gateway.Admin.SendAsync(again);
                Assert.Equal(200, (int)taken.StatusCode);
            }
        }

        Assert.Equal(status == 200 ? 1 : 0, (await gateway.MetricsAsync()).Sum("sandglass_switch_on"));
    }

    [Fact]
    public async Task Another_backend_takes_over_at_once_and_gives_back_at_once()
    {
        await using var origin = await TestOrigin.SayingAsync("first");
        await using var second = await TestOrigin.SayingAsync("second");
        await using var gateway = await TestGateway.StartAsync(
            """
            {
              "backends": { "marketing": { "destinations": { "a": "@origin" } }, "dr": { "destinations": { "a": "@second" } } },
              "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } },
              "switches": { "use-dr": { "chains": [ "*" ], "do": { "useBackend": "dr" } }, "hurry": { "chains": [ "*" ], "do": { "timeout": "1s" } } }
            }
            """,
            ("origin", origin.Address), ("second", second.Address));

        for (var turn = 0; turn < 2; turn++)
        {
            Assert.Equal("first", await gateway.Client.GetStringAsync("/"));
            await gateway.SwitchAsync("use-dr", true);
            await gateway.SwitchAsync("hurry", true);
            Assert.Equal("second", await gateway.Client.GetStringAsync("/"));
            await gateway.SwitchAsync("use-dr", false);
            await gateway.SwitchAsync("hurry", false);
        }

        Assert.All(origin.Arrivals, static a => Assert.InRange(int.Parse(a["X-SandGlass-Deadline-Ms"]!, System.Globalization.CultureInfo.InvariantCulture), 1001, 5000));
        Assert.All(second.Arrivals, static a => Assert.InRange(int.Parse(a["X-SandGlass-Deadline-Ms"]!, System.Globalization.CultureInfo.InvariantCulture), 1, 1000));
    }

    [Fact]
    public async Task A_switch_outlives_a_restart_and_each_change_is_on_the_record()
    {
        var folder = TestFolder.New("e2e-");
        try
        {
            await using (var gateway = await TestGateway.StartAsync(Policy, static o => o, folder, ("origin", "http://127.0.0.1:9")))
            {
                using var answer = await gateway.SwitchAsync("reviews-off", new { on = true, reason = "zero hour \u2028\n<b>", @for = "30m", by = "anna" });
                var now = JsonDocument.Parse(await answer.TextAsync()).RootElement;
                Assert.True(now.GetProperty("on").GetBoolean());
                Assert.Equal(
                    TimeSpan.FromMinutes(30), now.GetProperty("until").GetDateTimeOffset() - now.GetProperty("since").GetDateTimeOffset());
                Assert.Equal(("anna", "reviews"), (now.GetProperty("by").GetString(), now.GetProperty("effect").GetProperty("routes")[0].GetString()));
                using var dry = await gateway.SwitchAsync("all-off", new { on = true, reason = "what if", dryRun = true });
                Assert.Equal(200, (int)dry.StatusCode);
            }

            await using var again = await TestGateway.StartAsync(null, static o => o, folder);
            Assert.Equal("[]", await again.Client.GetStringAsync("/reviews"));
            var list = JsonDocument.Parse(await again.Admin.GetStringAsync("api/switches")).RootElement.EnumerateArray()
                .ToDictionary(static s => s.GetProperty("id").GetString()!, static s => s);
            Assert.True(list["reviews-off"].GetProperty("on").GetBoolean());
            Assert.NotEqual(JsonValueKind.Null, list["reviews-off"].GetProperty("until").ValueKind);
            Assert.False(list["all-off"].GetProperty("on").GetBoolean());

            var line = JsonDocument.Parse(Assert.Single(await File.ReadAllLinesAsync(Path.Combine(folder, "state", "audit.jsonl")))).RootElement;
            Assert.Equal("switch reviews-off on", line.GetProperty("what").GetString());
            Assert.Equal("zero hour \u2028\n<b>", line.GetProperty("why").GetString());
            Assert.Equal(("anna", "127.0.0.1"), (line.GetProperty("by").GetString(), line.GetProperty("from").GetString()));
            Assert.False(line.GetProperty("before").GetProperty("on").GetBoolean());
            Assert.True(line.GetProperty("after").GetProperty("on").GetBoolean());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_switch_with_an_end_ends_by_itself()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Policy, o => o with { Time = time }, null, ("origin", origin.Address));
        using var answer = await gateway.SwitchAsync("reviews-off", new { on = true, reason = "x", @for = "30m" });
        Assert.Equal("[]", await gateway.Client.GetStringAsync("/reviews"));

        time.Leap(TimeSpan.FromMinutes(31));

        await Eventually.TrueAsync(async () => await gateway.Client.GetStringAsync("/reviews") == "ok", "it is off again");
        Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(gateway.Folder, "state", "audit.jsonl"))).Length);
    }

    [Fact]
    public async Task A_foreign_state_file_is_set_aside()
    {
        var folder = TestFolder.New("e2e-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "state"));
            await File.WriteAllTextAsync(Path.Combine(folder, "state", "switches.json"), """{"reviews-off": {"on": tr""");
            await using var gateway = await TestGateway.StartAsync(Policy, static o => o, folder, ("origin", "http://127.0.0.1:9"));
            await gateway.SwitchAsync("reviews-off", true);
            Assert.Equal("[]", await gateway.Client.GetStringAsync("/reviews"));
            Assert.True(File.Exists(Path.Combine(folder, "state", "switches.json.unreadable")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
