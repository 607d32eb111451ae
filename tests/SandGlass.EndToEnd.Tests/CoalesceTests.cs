namespace SandGlass.EndToEnd.Tests;

/// <summary>One fetch for many, over real sockets; and nobody ever gets what is another's.</summary>
public sealed class CoalesceTests
{
    private const string Shared = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": {
            "keyed":  { "chain": "marketing", "match": { "path": "/keyed/{id}" }, "timeout": "10s",
                        "coalesce": { "ttl": "1m", "key": [ "path", "query:currency", "header:Accept-Language" ], "maxWait": "10s" } },
            "ignore": { "chain": "marketing", "match": { "path": "/ignore/{id}" }, "timeout": "10s", "coalesce": { "ttl": "1m", "cookies": "ignore" } },
            "whole":  { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "10s", "coalesce": { "ttl": "1m", "maxWait": "10s" } }
          }
        }
        """;

    [Fact]
    public async Task Two_hundred_clients_on_one_cold_key_are_one_request_at_the_origin()
    {
        var all = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            await all.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("hot");
        });
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        var asking = Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? gateway.Client : gateway.Client2).GetAsync("/keyed/1?currency=EUR", ("Host", "shop.example"))).ToArray();
        await Eventually.TrueAsync(() => gateway.UnderWay == 200, "all two hundred are under way");
        all.Release(200);
        foreach (var answer in await Task.WhenAll(asking))
        {
            Assert.Equal("hot", await answer.TextAsync());
            Assert.StartsWith("sandglass; ", answer.Header("Cache-Status"), StringComparison.Ordinal);
            answer.Dispose();
        }

        Assert.Equal(1, origin.Count);
        await gateway.SettleAsync(200);
        Assert.Equal(1, gateway.Count("served", "forward"));
        Assert.Equal(199, gateway.Count("collapsed") + gateway.Count("hit"));
    }

    [Fact]
    public async Task Who_has_waited_long_enough_goes_alone_and_what_it_brings_is_not_kept()
    {
        var first = new SemaphoreSlim(0);
        var asked = 0;
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await first.WaitAsync(http.RequestAborted);
            }

            http.Response.Headers.CacheControl = "max-age=60";
            await http.Response.WriteAsync("x");
        });
        await using var gateway = await TestGateway.StartAsync(Shared.Replace("\"maxWait\": \"10s\"", "\"maxWait\": \"100ms\", \"leaderAge\": \"1m\"", StringComparison.Ordinal), ("origin", origin.Address));
        var leader = gateway.Client.GetAsync("/a");
        await Eventually.TrueAsync(() => origin.Count == 1, "the first has begun");

        for (var i = 0; i < 2; i++)
        {
            using var alone = await gateway.Client.GetAsync("/a");
            Assert.Equal("sandglass; fwd=miss; detail=waited", alone.Header("Cache-Status"));
        }

        Assert.Equal(3, origin.Count);
        first.Release();
        (await leader).Dispose();
    }

    [Fact]
    public async Task Cache_status_tells_what_happened()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.ETag = "\"1\"";
            return http.Response.WriteAsync("x");
        });
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        using var miss = await gateway.Client.GetAsync("/a");
        using var hit = await gateway.Client.GetAsync("/a");
        using var bypass = await gateway.Client.GetAsync("/a", ("Authorization", "Bearer x"));

        Assert.StartsWith("sandglass; fwd=miss; stored; ttl=", miss.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.StartsWith("sandglass; hit; ttl=", hit.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.Equal("sandglass; fwd=bypass", bypass.Header("Cache-Status"));
        Assert.Null(miss.Header("Age"));
        Assert.Equal("0", hit.Header("Age"));
        Assert.Equal("\"1\"", hit.Header("ETag"));
    }

    [Theory]
    [InlineData("GET", "Authorization", "")]
    [InlineData("GET", "Cookie", "")]
    [InlineData("GET", "X-User", "Set-Cookie: s=1")]
    [InlineData("GET", "X-User", "Cache-Control: private")]
    [InlineData("GET", "X-User", "Cache-Control: no-store")]
    [InlineData("GET", "X-User", "Cache-Control: no-cache")]
    [InlineData("GET", "X-User", "Cache-Control: max-age=0")]
    [InlineData("GET", "X-User", "Vary: *")]
    [InlineData("GET", "X-User", "Vary: X-User")]
    [InlineData("GET", "X-User", "Expires: Thu, 01 Jan 1970 00:00:00 GMT")]
    [InlineData("POST", "X-User", "")]
    [InlineData("HEAD", "X-User", "")]
    public async Task What_is_personal_is_never_shared(string method, string userHeader, string answerHeader)
    {
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            var parts = answerHeader.Split(": ");
            if (parts.Length == 2)
            {
                http.Response.Headers[parts[0]] = parts[1];
            }

            // A moment, so that those who would share meet.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            http.Response.Headers["X-For"] = http.Request.Headers[userHeader];
            await http.Response.WriteAsync($"for {http.Request.Headers[userHeader]}");
        });
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        for (var round = 0; round < 2; round++)
        {
            var asking = Enumerable.Range(0, 20).Select(async user =>
            {
                using var answer = await gateway.Client.SendAsync(new(method), "/account", null, (userHeader, $"u{user}"));
                return (User: $"u{user}", Got: answer.Header("X-For"), Body: await answer.TextAsync());
            });
            foreach (var (user, got, body) in await Task.WhenAll(asking))
            {
                // The first one's fetch of a key that nobody knows yet sends no header outside the key: nobody's answer then.
                Assert.True(got == user || string.IsNullOrEmpty(got), $"{user} got {got}");
                Assert.True(method == "HEAD" || body == $"for {got}", $"{user} got {body}");
            }
        }
    }

    [Fact]
    public async Task A_shared_fetch_sends_nothing_that_is_not_in_the_key()
    {
        await using var origin = await TestOrigin.SayingAsync("x");
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        using var answer = await gateway.Client.GetAsync(
            "/keyed/7?utm_source=evil&currency=EUR&x=1", ("Accept-Language", "de"), ("User-Agent", "evil"), ("X-Reflect", "evil"),
            ("Accept-Encoding", "br"), ("Referer", "evil"), ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));

        var got = origin.Only;
        Assert.Equal("/keyed/7?currency=EUR", got.Target);
        Assert.Equal("de", got["Accept-Language"]);
        Assert.True(got.Has("traceparent"));
        Assert.DoesNotContain(got.Headers.Values, static lines => lines.Any(static l => l!.Contains("evil", StringComparison.Ordinal)));
        Assert.False(got.Has("Accept-Encoding"));
    }

    [Fact]
    public async Task No_header_outside_the_key_changes_what_others_get()
    {
        // Reflects everything that it is sent, as careless backends do.
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync(
            http.Request.QueryString + "|" + string.Join(';', http.Request.Headers.Where(static h => h.Key != "X-SandGlass-Deadline-Ms").Select(static h => $"{h.Key}={h.Value}"))));
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));
        var names = new[]
        {
            "Accept", "Accept-Encoding", "Accept-Charset", "User-Agent", "Referer", "Origin", "DNT", "Via", "X-Requested-With", "X-Host", "X-Forwarded-Host",
            "X-Forwarded-For", "X-Original-URL", "X-Forwarded-Scheme", "X-Http-Method-Override", "Max-Forwards", "If-None-Match", "If-Modified-Since",
            "Pragma", "Cache-Control", "X-User-Id", "X-Device", "CloudFront-Viewer-Country", "Sec-Fetch-Site", "Purpose", "Save-Data", "X-Wap-Profile",
        }.Concat(Enumerable.Range(0, 1000).Select(static i => $"X-Random-{i}")).ToArray();

        await Parallel.ForEachAsync(names.Index(), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, stop) =>
        {
            using var poisoned = await gateway.Client.GetAsync($"/keyed/{one.Index}?evil=1", (one.Item, "poison"));
            var kept = await gateway.Client.GetStringAsync($"/keyed/{one.Index}", stop);
            Assert.DoesNotContain("poison", kept, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", kept, StringComparison.Ordinal);
        });

        Assert.Equal(names.Length, origin.Count);
    }

    [Theory]
    [InlineData("/account/x.css")]
    [InlineData("/account/.%2e/account/x.css")]
    [InlineData("/account?.js")]
    [InlineData("/account;x.css")]
    [InlineData("/account%2fx.css")]
    [InlineData("/account/%2e%2e/account/x.css")]
    public async Task A_path_that_looks_static_gives_nobody_a_personal_answer(string target)
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync($"for {http.Request.Headers.Cookie}"));
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        var mine = await gateway.AskRawAsync($"GET {target} HTTP/1.1\r\nHost: a\r\nCookie: s=me\r\n\r\n");
        var theirs = await gateway.AskRawAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

        // What has two readings is refused; what has one is asked for by each for himself.
        Assert.True(mine!.Status == 400 ? theirs!.Status == 400 : (mine.Body, theirs!.Body) == ("for s=me", "for "), $"{mine.Status} {mine.Body} / {theirs.Status} {theirs.Body}");
        Assert.DoesNotContain("s=me", theirs.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cookies_that_are_ignored_are_not_sent_on()
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync($"for {http.Request.Headers.Cookie}"));
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        using var one = await gateway.Client.GetAsync("/ignore/1", ("Cookie", "s=1"));
        using var two = await gateway.Client.GetAsync("/ignore/1", ("Cookie", "s=2"));

        Assert.Equal(("for ", "for "), (await one.TextAsync(), await two.TextAsync()));
        Assert.Equal(1, origin.Count);
    }

    [Fact]
    public async Task Of_the_cookies_only_those_in_the_key_are_sent_on()
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync($"for {http.Request.Headers.Cookie}"));
        await using var gateway = await TestGateway.StartAsync(
            Own(""" "ttl": "1m", "cookies": "ignore", "key": [ "path", "cookie:currency", "cookie:lang" ] """), ("origin", origin.Address));

        using var mine = await gateway.Client.GetAsync("/x", ("Cookie", "session=mallory; currency=EUR; name=<script>; lang=de"));
        using var theirs = await gateway.Client.GetAsync("/x", ("Cookie", "currency=EUR; session=alice; lang=de"));
        using var none = await gateway.Client.GetAsync("/x", ("Cookie", "session=alice"));

        Assert.Equal(("for currency=EUR; lang=de", "for currency=EUR; lang=de", "for "), (await mine.TextAsync(), await theirs.TextAsync(), await none.TextAsync()));
        Assert.Equal(2, origin.Count);
    }

    [Fact]
    public async Task What_is_sent_along_and_named_by_Vary_is_part_of_the_key_and_fetched_once()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.Vary = "Accept-Language";
            return http.Response.WriteAsync($"in {http.Request.Headers.AcceptLanguage}");
        });
        await using var gateway = await TestGateway.StartAsync(Own(""" "ttl": "1m", "send": [ "Accept-Language" ] """), ("origin", origin.Address));
        string?[] languages = ["de", "fr", null, "de", "fr", null];

        foreach (var language in languages)
        {
            using var answer = await gateway.Client.GetAsync("/x", language is null ? [] : [("Accept-Language", language)]);
            Assert.Equal($"in {language}", await answer.TextAsync());
        }

        Assert.Equal(3, origin.Count);
    }

    private static string Own(string coalesce) => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "10s", "coalesce": { {{coalesce}} } } }
        }
        """;

    [Theory]
    [InlineData(301)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(206)]
    [InlineData(304)]
    public async Task Only_200_is_kept(int status)
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        for (var i = 0; i < 2; i++)
        {
            using var answer = await gateway.Client.GetAsync("/x");
            Assert.Equal(status, (int)answer.StatusCode);
        }

        Assert.Equal(2, origin.Count);
    }

    [Fact]
    public async Task A_get_with_a_body_and_a_range_go_their_own_ways()
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));

        using var one = await gateway.Client.SendAsync(HttpMethod.Get, "/x", new StringContent("mine"));
        using var range = await gateway.Client.GetAsync("/x", ("Range", "bytes=0-1"));
        using var two = await gateway.Client.GetAsync("/x");

        Assert.Equal("mine", await one.TextAsync());
        Assert.Equal("bytes=0-1", origin.Arrivals[1]["Range"]);
        Assert.Equal(string.Empty, await two.TextAsync());
        Assert.Equal(3, origin.Count);
    }

    [Fact]
    public async Task A_leader_that_leaves_does_not_take_the_others_with_it()
    {
        var go = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            await go.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("hot");
        });
        await using var gateway = await TestGateway.StartAsync(Shared, ("origin", origin.Address));
        using var leader = await RawClient.ConnectAsync(gateway.Http);
        await leader.SendAsync("GET /keyed/1 HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => origin.Count == 1, "the leader's fetch is under way");
        var followers = Enumerable.Range(0, 20).Select(_ => gateway.AskRawAsync("GET /keyed/1 HTTP/1.1\r\nHost: a\r\n\r\n")).ToArray();
        await Eventually.TrueAsync(() => gateway.UnderWay == 21, "all wait");

        leader.Reset();
        await Eventually.TrueAsync(() => gateway.UnderWay == 21, "the fetch goes on for the others");
        go.Release(100);

        Assert.All(await Task.WhenAll(followers), static a => Assert.Equal((200, "hot"), (a!.Status, a.Body)));
        Assert.Equal(1, origin.Count);
        await gateway.SettleAsync(21);
        // When the server hears that the leader has left is its own affair: before or after the answer.
        Assert.Equal((1, 20), (gateway.Count("aborted") + gateway.Count("served"), gateway.Count("collapsed")));
    }

    [Fact]
    public async Task An_answer_grows_old()
    {
        var time = new LeapTime();
        var version = 0;
        await using var origin = await TestOrigin.StartAsync(http => http.Response.WriteAsync($"v{Interlocked.Increment(ref version)}"));
        await using var gateway = await TestGateway.StartAsync(Shared, o => o with { Time = time }, null, ("origin", origin.Address));

        Assert.Equal("v1", await gateway.Client.GetStringAsync("/x"));
        time.Leap(TimeSpan.FromSeconds(30));
        using var old = await gateway.Client.GetAsync("/x");
        time.Leap(TimeSpan.FromSeconds(31));
        using var renewed = await gateway.Client.GetAsync("/x");

        Assert.Equal(("v1", "30"), (await old.TextAsync(), old.Header("Age")));
        Assert.Equal("v2", await renewed.TextAsync());
    }
}
