using Microsoft.AspNetCore.Http;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The micro-cache as a shared cache of RFC 9111, over real sockets.</summary>
public sealed class CacheTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "10s", "coalesce": { "ttl": "1m" } } }
        }
        """;

    [Fact]
    public async Task A_stale_answer_is_asked_about_and_a_304_makes_it_good_again()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.ETag = "\"1\"";
            http.Response.Headers.CacheControl = "max-age=5";
            if (http.Request.Headers.IfNoneMatch == "\"1\"")
            {
                http.Response.StatusCode = 304;
                return Task.CompletedTask;
            }

            return http.Response.WriteAsync("body");
        });
        await using var gateway = await TestGateway.StartAsync(Policy, o => o with { Time = time }, null, ("origin", origin.Address));
        using var miss = await gateway.Client.GetAsync("/x");
        time.Leap(TimeSpan.FromSeconds(6));
        using var renewed = await gateway.Client.GetAsync("/x");
        using var hit = await gateway.Client.GetAsync("/x");
        using var has = await gateway.Client.GetAsync("/x", ("If-None-Match", "W/\"0\", \"1\""));

        Assert.Equal((200, "body"), ((int)renewed.StatusCode, await renewed.TextAsync()));
        Assert.StartsWith("sandglass; fwd=stale; fwd-status=304; stored; ttl=", renewed.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.StartsWith("sandglass; hit; ttl=", hit.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.Equal((304, "\"1\"", string.Empty), ((int)has.StatusCode, has.Header("ETag"), await has.TextAsync()));
        Assert.Equal(2, origin.Count);
    }

    [Fact]
    public async Task A_304_by_which_an_answer_becomes_private_is_asked_for_anew_as_the_client_asked()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.ETag = "\"1\"";
            http.Response.Headers.CacheControl = http.Request.Headers.ContainsKey("X-User") || http.Request.Headers.IfNoneMatch.Count > 0 ? "private" : "max-age=5";
            if (http.Request.Headers.IfNoneMatch == "\"1\"")
            {
                http.Response.StatusCode = 304;
                return Task.CompletedTask;
            }

            return http.Response.WriteAsync("for " + http.Request.Headers["X-User"]);
        });
        await using var gateway = await TestGateway.StartAsync(Policy, o => o with { Time = time }, null, ("origin", origin.Address));
        (await gateway.Client.GetAsync("/x")).Dispose();
        time.Leap(TimeSpan.FromSeconds(6));

        using var mine = await gateway.Client.GetAsync("/x", ("X-User", "me"));

        Assert.Equal((200, "for me", 3), ((int)mine.StatusCode, await mine.TextAsync(), origin.Count));
    }

    [Fact]
    public async Task A_range_and_a_head_are_answered_from_what_is_kept()
    {
        await using var origin = await TestOrigin.SayingAsync("0123456789");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        (await gateway.Client.GetAsync("/x")).Dispose();

        using var part = await gateway.Client.GetAsync("/x", ("Range", "bytes=2-4"));
        using var end = await gateway.Client.GetAsync("/x", ("Range", "bytes=-3"));
        using var beyond = await gateway.Client.GetAsync("/x", ("Range", "bytes=10-"));
        using var head = await gateway.Client.SendAsync(HttpMethod.Head, "/x");

        Assert.Equal((206, "234", "bytes 2-4/10"), ((int)part.StatusCode, await part.TextAsync(), part.Content.Headers.ContentRange!.ToString()));
        Assert.Equal((206, "789"), ((int)end.StatusCode, await end.TextAsync()));
        Assert.Equal((416, "bytes */10"), ((int)beyond.StatusCode, beyond.Content.Headers.ContentRange!.ToString()));
        Assert.Equal((200, 10L), ((int)head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Equal(1, origin.Count);
    }

    [Fact]
    public async Task Answers_that_differ_by_a_header_are_kept_apart()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.Vary = "X-Lang";
            return http.Response.WriteAsync("in " + http.Request.Headers["X-Lang"]);
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));

        foreach (var lang in new[] { "de", "fr", "de", "fr", "de" })
        {
            using var answer = await gateway.Client.GetAsync("/x", ("X-Lang", lang));
            Assert.Equal("in " + lang, await answer.TextAsync());
        }

        // One to learn that they differ, and for the first one's own; then one a variant.
        Assert.Equal(4, origin.Count);
        Assert.Equal("in de", await (await gateway.Client.GetAsync("/y", ("X-Lang", "de"))).TextAsync());
        Assert.Equal(5, origin.Count);
    }

    [Fact]
    public async Task A_successful_unsafe_request_invalidates_its_uri_and_the_one_that_it_names()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            if (http.Request.Method != "GET")
            {
                http.Response.StatusCode = http.Request.Path == "/fails" ? 500 : 201;
                http.Response.Headers.Location = "/b";
            }

            return http.Response.WriteAsync("x");
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        await AskAsync("a", "b", "fails");

        (await gateway.Client.SendAsync(HttpMethod.Post, "/a", new StringContent("1"))).Dispose();
        (await gateway.Client.SendAsync(HttpMethod.Post, "/fails", new StringContent("1"))).Dispose();
        var before = origin.Count;
        await AskAsync("a", "b", "fails");

        Assert.Equal(before + 2, origin.Count);

        async Task AskAsync(params string[] paths)
        {
            foreach (var path in paths)
            {
                (await gateway.Client.GetAsync("/" + path)).Dispose();
            }
        }
    }

    [Fact]
    public async Task A_host_is_the_same_however_it_is_spelt()
    {
        await using var origin = await TestOrigin.SayingAsync("x");
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        (await gateway.Client.GetAsync("/x", ("Host", "SHOP.example:80"))).Dispose();
        using var hit = await gateway.Client.GetAsync("/x", ("Host", "shop.example"));
        (await gateway.Client.SendAsync(HttpMethod.Post, "/x", new StringContent("1"), ("Host", "Shop.Example"))).Dispose();
        using var changed = await gateway.Client.GetAsync("/x", ("Host", "shop.example"));

        Assert.StartsWith("sandglass; hit; ttl=", hit.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.StartsWith("sandglass; fwd=miss; stored; ttl=", changed.Header("Cache-Status"), StringComparison.Ordinal);
        // What the backend makes of an odd spelling would be everybody's, too.
        Assert.Equal(["shop.example", "shop.example", "shop.example"], origin.Arrivals.Select(static a => a["X-Forwarded-Host"]));
    }

    [Fact]
    public async Task An_answer_that_says_so_itself_is_kept_as_long_as_it_says()
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.CacheControl = "max-age=600";
            http.Response.Headers.Age = "100";
            return http.Response.WriteAsync("x");
        });
        await using var gateway = await TestGateway.StartAsync(Policy, o => o with { Time = time }, null, ("origin", origin.Address));
        (await gateway.Client.GetAsync("/x")).Dispose();
        time.Leap(TimeSpan.FromSeconds(400));
        using var hit = await gateway.Client.GetAsync("/x");
        time.Leap(TimeSpan.FromSeconds(101));
        (await gateway.Client.GetAsync("/x")).Dispose();

        Assert.InRange(int.Parse(hit.Header("Age")!, System.Globalization.CultureInfo.InvariantCulture), 500, 501);
        Assert.Equal(2, origin.Count);
    }

    [Theory]
    [InlineData("public, max-age=60", true)]
    [InlineData("s-maxage=60", true)]
    [InlineData("max-age=60, must-revalidate", true)]
    [InlineData("max-age=60", false)]
    public async Task An_answer_to_credentials_is_kept_for_all_only_where_it_says_so_and_without_what_its_client_sent(string says, bool kept)
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.Headers.CacheControl = says;
            return http.Response.WriteAsync(http.Request.Headers.Authorization + "|" + http.Request.Headers["X-Evil"]);
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));

        using var own = await gateway.Client.GetAsync("/x", ("Authorization", "Bearer a"), ("X-Evil", "<script>"));
        Assert.Equal("Bearer a|<script>", await own.TextAsync());
        if (!kept)
        {
            using var other = await gateway.Client.GetAsync("/x", ("Authorization", "Bearer b"));
            Assert.Equal(("Bearer b|", 2), (await other.TextAsync(), origin.Count));
            return;
        }

        // Fetched once more, with the credentials and without the rest.
        await Eventually.TrueAsync(() => gateway.Host.State.Cache!.Count > 0, "the answer is kept");
        using var anonymous = await gateway.Client.GetAsync("/x");
        using var hit = await gateway.Client.GetAsync("/x", ("Authorization", "Bearer b"));
        Assert.Equal(("Bearer a|", "Bearer a|", 2), (await anonymous.TextAsync(), await hit.TextAsync(), origin.Count));
    }

    [Theory]
    [InlineData("Bearer a")]
    [InlineData(null)]
    public async Task An_answer_that_differs_by_credentials_is_given_to_nobody_with_others(string? first)
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.Headers.CacheControl = "public, max-age=60";
            http.Response.Headers.Vary = "Authorization";
            return http.Response.WriteAsync("for " + http.Request.Headers.Authorization);
        });
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        for (var i = 0; i < 3; i++)
        {
            using var own = first is null ? await gateway.Client.GetAsync("/x") : await gateway.Client.GetAsync("/x", ("Authorization", first));
            Assert.Equal("for " + first, await own.TextAsync());
            await gateway.SettleAsync((3 * i) + 1);
            using var other = await gateway.Client.GetAsync("/x", ("Authorization", "Bearer b"));
            using var nobody = await gateway.Client.GetAsync("/x");
            Assert.Equal(("for Bearer b", "for "), (await other.TextAsync(), await nobody.TextAsync()));
            await gateway.SettleAsync(3 * (i + 1));
        }
    }

    [Theory]
    [InlineData("\"1\"", true)]
    [InlineData("\"2\"", false)]
    public async Task A_head_of_a_stale_answer_renews_it_where_it_is_the_same_still(string tag, bool same)
    {
        var time = new LeapTime();
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            var head = http.Request.Method == "HEAD";
            http.Response.Headers.ETag = head ? tag : "\"1\"";
            http.Response.Headers.CacheControl = "max-age=5";
            http.Response.Headers["X-News"] = head ? "of the head" + http.Request.Headers["X-Evil"] : "none";
            return head ? Task.CompletedTask : http.Response.WriteAsync("body");
        });
        await using var gateway = await TestGateway.StartAsync(Policy, o => o with { Time = time }, null, ("origin", origin.Address));
        (await gateway.Client.GetAsync("/x")).Dispose();
        time.Leap(TimeSpan.FromSeconds(6));

        using var head = await gateway.Client.SendAsync(HttpMethod.Head, "/x", null, ("X-Evil", "!"));
        using var after = await gateway.Client.GetAsync("/x");

        Assert.Equal(("of the head", tag), (head.Header("X-News"), head.Header("ETag")));
        Assert.Equal(("body", same ? "of the head" : "none", same ? 2 : 3), (await after.TextAsync(), after.Header("X-News"), origin.Count));
    }
}
