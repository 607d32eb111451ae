using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The newest good answer stands in for a backend that is gone, and is never one user's answer given to another.</summary>
public sealed class LastGoodTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "10s", "fallback": "good" @coalesce } },
          "breakers": { "default": { "mode": "off" } },
          "lastGood": { "maxBytes": "1MB" },
          "fallbacks": { "good": { "lastGood": "1m", "else": "busy" @more }, "busy": { "status": 503, "body": "busy" } }
        }
        """;

    private static Task<TestGateway> StartAsync(TestOrigin origin, string more = "", string coalesce = "", TimeProvider? time = null, string? folder = null) =>
        TestGateway.StartAsync(
            Policy.Replace("@more", more, StringComparison.Ordinal).Replace("@coalesce", coalesce, StringComparison.Ordinal),
            o => o with { Time = time ?? o.Time }, folder, ("origin", origin.Address));

    private static async Task Break(HttpContext http)
    {
        http.Response.StatusCode = 500;
        await http.Response.WriteAsync("broken");
    }

    [Theory]
    [InlineData("")]
    [InlineData(", \"coalesce\": { \"ttl\": \"0s\" }")]
    public async Task Repeats_the_newest_good_answer_with_its_age_and_why(string coalesce)
    {
        var time = new LeapTime();
        var version = "first";
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.ContentType = "application/x-shop";
            return http.Response.WriteAsync(Volatile.Read(ref version));
        });
        await using var gateway = await StartAsync(origin, coalesce: coalesce, time: time);
        (await gateway.Client.GetAsync("/p/1")).Dispose();
        Volatile.Write(ref version, "second");
        Assert.Equal("second", await gateway.Client.GetStringAsync("/p/1"));
        origin.Answer = Break;
        time.Leap(TimeSpan.FromSeconds(30));

        using var repeated = await gateway.Client.GetAsync("/p/1");
        using var unknown = await gateway.Client.GetAsync("/p/2");
        using var post = await gateway.Client.SendAsync(HttpMethod.Post, "/p/1");
        using var head = await gateway.Client.SendAsync(HttpMethod.Head, "/p/1");
        using var over2 = await gateway.Client2.GetAsync("/p/1");

        Assert.Equal((200, "second", "application/x-shop"), ((int)repeated.StatusCode, await repeated.TextAsync(), repeated.Header("Content-Type")));
        Assert.InRange(int.Parse(repeated.Header("Age")!, System.Globalization.CultureInfo.InvariantCulture), 30, 45);
        Assert.Equal("sandglass; error=proxy_internal_response; details=\"forward/marketing\"", repeated.Header("Proxy-Status"));
        Assert.Equal("no-store", repeated.Header("Cache-Control"));
        Assert.Equal((503, "busy"), ((int)unknown.StatusCode, await unknown.TextAsync()));
        Assert.Equal((503, "busy"), ((int)post.StatusCode, await post.TextAsync()));
        Assert.Equal((200, 6L, ""), ((int)head.StatusCode, head.Content.Headers.ContentLength, await head.TextAsync()));
        // Another host is another key.
        Assert.Equal(503, (int)over2.StatusCode);
        await gateway.SettleAsync(7);
        Assert.Equal((2, 5), (gateway.Count("served"), gateway.Count("fallback", "forward")));

        time.Leap(TimeSpan.FromSeconds(31));
        using var old = await gateway.Client.GetAsync("/p/1");
        Assert.Equal((503, "busy"), ((int)old.StatusCode, await old.TextAsync()));
    }

    public static TheoryData<string, string> Unfit => new()
    {
        { "Cache-Control", "private" },
        { "Cache-Control", "no-store" },
        { "CDN-Cache-Control", "private" },
        { "Surrogate-Control", "no-store" },
        { "Set-Cookie", "user=7" },
        { "Vary", "*" },
        { "Vary", "Cookie" },
        { "Vary", "Authorization" },
        { "Age", "3600" },
        { "Age", "3600, 0" },
        { "Content-Encoding", "gzip" },
        { "Content-Type", "text/event-stream" },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public async Task Keeps_nothing_that_others_may_not_have(string name, string value)
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.Headers[name] = value;
            return http.Response.WriteAsync("mine");
        });
        await using var gateway = await StartAsync(origin);
        Assert.Equal("mine", await gateway.Client.GetStringAsync("/p/1"));
        origin.Answer = Break;

        using var answer = await gateway.Client.GetAsync("/p/1");
        Assert.Equal((503, "busy"), ((int)answer.StatusCode, await answer.TextAsync()));
    }

    [Fact]
    public async Task What_a_renewal_in_the_background_finds_private_is_given_to_nobody_any_more()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.SayingAsync("everybody's");
        await using var gateway = await StartAsync(origin, coalesce: ", \"coalesce\": { \"ttl\": \"1s\", \"staleWhileRevalidate\": \"10s\" }", time: time);
        (await gateway.Client.GetAsync("/p/1")).Dispose();
        Assert.Equal(1, gateway.Host.State.LastGood!.Count);
        time.Leap(TimeSpan.FromSeconds(2));
        origin.Answer = static http =>
        {
            http.Response.Headers.CacheControl = "private";
            return http.Response.WriteAsync("mine");
        };
        Assert.Equal("everybody's", await gateway.Client.GetStringAsync("/p/1"));
        await Eventually.TrueAsync(() => gateway.Host.State.LastGood!.Count == 0, "the renewal has found it private");

        origin.Answer = Break;
        using var answer = await gateway.Client.GetAsync("/p/1");
        Assert.Equal(503, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("Age", "old")]
    [InlineData("Age", "3, 3600")]
    [InlineData("Surrogate-Control", "max-age=600")]
    public async Task Reads_what_an_answer_says_as_the_cache_does(string name, string value)
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.Headers[name] = value;
            // For browsers only, where a field for caches goes before it.
            http.Response.Headers.CacheControl = name == "Age" ? "max-age=60" : "private";
            return http.Response.WriteAsync("everybody's");
        });
        await using var gateway = await StartAsync(origin);
        Assert.Equal("everybody's", await gateway.Client.GetStringAsync("/p/1"));
        origin.Answer = Break;

        Assert.Equal("everybody's", await gateway.Client.GetStringAsync("/p/1"));
    }

    [Theory]
    [InlineData("Authorization", "Bearer x")]
    [InlineData("Cookie", "user=7")]
    [InlineData("X-User-Id", "7")]
    [InlineData("X-Api-Key", "k")]
    public async Task Is_neither_fed_by_nor_given_to_a_request_that_may_be_somebodys(string name, string value)
    {
        await using var origin = await TestOrigin.StartAsync(http => http.Response.WriteAsync("for " + http.Request.Headers[name]));
        await using var gateway = await StartAsync(origin);
        (await gateway.Client.GetAsync("/mine", (name, value))).Dispose();
        (await gateway.Client.GetAsync("/all")).Dispose();
        origin.Answer = Break;

        using var mineByOthers = await gateway.Client.GetAsync("/mine");
        using var mine = await gateway.Client.GetAsync("/mine", (name, value));
        using var allByMe = await gateway.Client.GetAsync("/all", (name, value));
        using var all = await gateway.Client.GetAsync("/all");

        Assert.Equal((503, 503, 503, "for "), ((int)mineByOthers.StatusCode, (int)mine.StatusCode, (int)allByMe.StatusCode, await all.TextAsync()));
        using var explained = await gateway.Admin.PostAsJsonAsync("api/explain", new { method = "GET", url = "/all", headers = new Dictionary<string, string> { [name] = value } });
        Assert.Contains($"{name} may tell this client from others", await explained.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_not_fed_by_one_that_goes_alone_on_a_route_that_shares()
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync($"for {http.Request.Headers["X-User-Id"]}{http.Request.Headers.Cookie}{http.Request.Headers.Authorization}"));
        await using var gateway = await StartAsync(origin, coalesce: ", \"coalesce\": { \"ttl\": \"0s\", \"cookies\": \"ignore\" }");

        // A range is not shared, so all headers go along; this backend knows no ranges and answers 200.
        foreach (var (name, value) in new[] { ("X-User-Id", "7"), ("Cookie", "user=7"), ("Authorization", "Bearer 7") })
        {
            using var mine = await gateway.Client.GetAsync("/x", (name, value), ("Range", "bytes=0-"));
            Assert.Equal("for " + value, await mine.TextAsync());
        }

        origin.Answer = Break;
        using var others = await gateway.Client.GetAsync("/x");
        Assert.Equal(503, (int)others.StatusCode);
    }

    [Theory]
    [InlineData("User-Agent", "Evil/1.0 <script>")]
    [InlineData("Referer", "http://evil.example/")]
    [InlineData("Accept-Language", "<script>alert(1)</script>")]
    [InlineData("X-Request-Id", "evil-request")]
    public async Task A_header_that_is_not_in_the_key_changes_nothing_that_others_get(string name, string value)
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.Headers["X-Echo"] = http.Request.Headers[name];
            return http.Response.WriteAsync(http.Request.Path == "/body" ? "said " + http.Request.Headers[name] : "said nothing");
        });
        await using var gateway = await StartAsync(origin);
        // Read to its end: of whom leaves amid an answer nothing is kept.
        foreach (var target in new[] { "/body", "/head" })
        {
            using var good = await gateway.Client.GetAsync(target, (name, value));
            await good.TextAsync();
        }

        origin.Answer = Break;

        using var body = await gateway.Client.GetAsync("/body");
        using var head = await gateway.Client.GetAsync("/head");

        Assert.Equal(503, (int)body.StatusCode);
        Assert.Equal((200, "said nothing", null), ((int)head.StatusCode, await head.TextAsync(), head.Header("X-Echo")));
    }

    [Theory]
    [InlineData("/x?evil=1", "Accept", "text/html")]
    [InlineData("/x?currency=EUR&evil=1", "Accept", "text/html")]
    [InlineData("/x?currency=EUR&currency=evil", "Accept", "text/html")]
    [InlineData("/x?currency=EUR", "X-Request-Id", "twice")]
    public async Task Is_not_fed_by_what_asks_for_more_than_the_key_says(string target, string name, string value)
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("for " + http.Request.QueryString + string.Join('|', http.Request.Headers["X-Request-Id"].AsEnumerable())));
        await using var gateway = await StartAsync(origin, ", \"key\": [ \"path\", \"query:currency\" ]");
        (await gateway.Client.GetAsync(target, value == "twice" ? [(name, "one-thing"), (name, "another")] : [(name, value)])).Dispose();
        origin.Answer = Break;

        using var plain = await gateway.Client.GetAsync("/x");
        using var euro = await gateway.Client.GetAsync("/x?currency=EUR");
        Assert.Equal((503, 503), ((int)plain.StatusCode, (int)euro.StatusCode));
    }

    [Fact]
    public async Task Answers_that_differ_by_a_header_go_to_those_who_say_the_same()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.Vary = "Accept-Language, Accept-Encoding";
            return http.Response.WriteAsync("in " + http.Request.Headers.AcceptLanguage);
        });
        await using var gateway = await StartAsync(origin);
        (await gateway.Client.GetAsync("/x", ("Accept-Language", "de"))).Dispose();
        (await gateway.Client.GetAsync("/x", ("Accept-Language", "fr"))).Dispose();
        origin.Answer = Break;

        using var german = await gateway.Client.GetAsync("/x", ("Accept-Language", "de"), ("Accept-Encoding", "br"));
        using var french = await gateway.Client.GetAsync("/x", ("Accept-Language", "fr"));
        using var other = await gateway.Client.GetAsync("/x", ("Accept-Language", "it"));
        Assert.Equal(("in de", "in fr", 503), (await german.TextAsync(), await french.TextAsync(), (int)other.StatusCode));
    }

    [Fact]
    public async Task A_policy_says_what_makes_requests_equal_and_what_says_nothing()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return http.Response.WriteAsync("in " + http.Request.Query["currency"]);
        });
        await using var gateway = await StartAsync(origin, ", \"key\": [ \"path\", \"query:currency\" ], \"ignoreHeaders\": [ \"X-Cdn\" ], \"noStore\": true");
        (await gateway.Client.GetAsync("/x?currency=EUR", ("X-Cdn", "pop-1"))).Dispose();
        origin.Answer = Break;

        Assert.Equal("in EUR", await gateway.Client.GetStringAsync("/x?utm_source=b&currency=EUR"));
        using var other = await gateway.Client.GetAsync("/x?currency=USD");
        Assert.Equal(503, (int)other.StatusCode);
    }

    [Fact]
    public async Task Stays_within_its_bytes_and_keeps_no_part_of_an_answer()
    {
        var large = new string('x', 200_000);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            if (http.Request.Path == "/cut")
            {
                http.Response.ContentLength = 100;
                await http.Response.WriteAsync("half");
                await http.Response.Body.FlushAsync();
                http.Abort();
                return;
            }

            await http.Response.WriteAsync(http.Request.Path == "/large" ? large : http.Request.Path + new string('y', 50_000));
        });
        await using var gateway = await StartAsync(origin);
        for (var i = 0; i < 60; i++)
        {
            // What is asked for again stays, whoever comes by once.
            (await gateway.Client.GetStringAsync($"/crawled/{i}")).AsSpan();
            await gateway.Client.GetStringAsync("/hot");
        }

        Assert.Equal(large, await gateway.Client.GetStringAsync("/large"));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.Client.GetStringAsync("/cut"));
        Assert.InRange(gateway.Host.State.LastGood!.Bytes, 500_000, 1 << 20);
        origin.Answer = Break;

        Assert.StartsWith("/hot", await gateway.Client.GetStringAsync("/hot"), StringComparison.Ordinal);
        using var big = await gateway.Client.GetAsync("/large");
        using var cut = await gateway.Client.GetAsync("/cut");
        using var crawled = await gateway.Client.GetAsync("/crawled/0");
        Assert.Equal((503, 503, 503), ((int)big.StatusCode, (int)cut.StatusCode, (int)crawled.StatusCode));
    }

    [Fact]
    public async Task Explain_tells_which_fallback_would_answer_and_how_old_it_is()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.SayingAsync("good");
        await using var gateway = await StartAsync(origin, time: time);
        var host = gateway.Http.Authority;
        (await gateway.Client.GetAsync("/p/1")).Dispose();
        time.Leap(TimeSpan.FromSeconds(20));

        using var known = await gateway.Admin.PostAsJsonAsync("api/explain", new { method = "GET", url = $"http://{host}/p/1" });
        using var unknown = await gateway.Admin.PostAsJsonAsync("api/explain", new { method = "GET", url = $"http://{host}/p/2" });
        Assert.Matches("stands ready: good, the last good answer of this key, 2[0-9.]+ s old", await known.Content.ReadAsStringAsync());
        Assert.Contains("good: no good answer of this key is known; else busy, status 503", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
