using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace SandGlass.EndToEnd.Tests;

/// <summary>
/// What was kept under a looser policy is not given under a tighter one: an answer that the policy of now would not have kept, or would have kept under
/// another key, in memory, after a restart and from another gateway.
/// </summary>
public sealed class TightenedPolicyTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}", "hosts": [ "shop.example" ] }, "timeout": "10s" @route } },
          "breakers": { "default": { "mode": "off" } } @more
        }
        """;

    private const string Fallbacks = """
        , "lastGood": { "persist": true },
          "fallbacks": { "good": { "lastGood": "10m", "else": "busy" @good }, "busy": { "status": 503, "body": "busy" } }
        """;

    private static string Write(string route, string more = "") =>
        Policy.Replace("@route", route, StringComparison.Ordinal).Replace("@more", more, StringComparison.Ordinal);

    private static string Caching(string coalesce) => Write($$""", "coalesce": { {{coalesce}} }""");

    private static string Repeating(string good, string coalesce) => Write(
        ", \"fallback\": \"good\"" + (coalesce.Length == 0 ? string.Empty : $$""", "coalesce": { {{coalesce}} }"""), Fallbacks.Replace("@good", good, StringComparison.Ordinal));

    private static async Task<(int Status, string Text, string? How)> AskAsync(TestGateway gateway, string target, params (string Name, string Value)[] headers)
    {
        using var answer = await gateway.Client.GetAsync(target, [("Host", "shop.example"), .. headers]);
        return ((int)answer.StatusCode, await answer.TextAsync(), answer.Header("Cache-Status"));
    }

    // What it makes of what its first client sent does not show where that came from.
    private static Task<TestOrigin> OriginAsync() => TestOrigin.StartAsync(static http =>
    {
        var says = http.Request.Query;
        foreach (var name in (string[])["Cache-Control", "Set-Cookie"])
        {
            if (says.TryGetValue(name, out var value))
            {
                http.Response.Headers[name] = value;
            }
        }

        return http.Response.WriteAsync($"to {http.Request.Headers["X-Who"].ToString().ToUpperInvariant()}");
    });

    [Theory]
    [InlineData("\"ttl\": \"1h\", \"setCookie\": \"share\"", "\"ttl\": \"1h\"", "/x?Set-Cookie=seen%3D1")]
    [InlineData("\"ttl\": \"1h\", \"send\": [ \"X-Who\" ]", "\"ttl\": \"1h\"", "/x")]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"5s\"", "/x")]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"0s\"", "/x?Cache-Control=max-age%3D3600")]
    [InlineData("\"ttl\": \"1h\", \"force\": true", "\"ttl\": \"1h\"", "/x?Cache-Control=max-age%3D1")]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"5s\", \"force\": true", "/x?Cache-Control=max-age%3D3600")]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"1h\", \"maxBytes\": \"2B\"", "/x")]
    [InlineData("\"ttl\": \"1h\", \"key\": [ \"path\", \"query:a\" ]", "\"ttl\": \"1h\", \"key\": [ \"path\", \"query:b\" ]", "/x?a=1&b=1")]
    public async Task The_cache_gives_nothing_that_the_tighter_policy_would_not_have_kept(string loose, string tight, string target)
    {
        var time = new LeapTime();
        await using var origin = await OriginAsync();
        await using var gateway = await TestGateway.StartAsync(Caching(loose), o => o with { Time = time }, null, ("origin", origin.Address));
        await AskAsync(gateway, target, ("X-Who", "mallory"));
        time.Leap(TimeSpan.FromSeconds(6));
        Assert.StartsWith("sandglass; hit", (await AskAsync(gateway, target)).How, StringComparison.Ordinal);
        Assert.Equal(1, origin.Count);

        await gateway.ReloadAsync(Caching(tight));
        var (status, _, how) = await AskAsync(gateway, target);

        Assert.Equal((200, 2), (status, origin.Count));
        Assert.DoesNotContain("hit", how, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"2h\"")]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"1h\", \"setCookie\": \"share\", \"staleIfError\": \"1h\", \"clients\": \"ignore\"")]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"1h\", \"cookies\": \"ignore\"")]
    [InlineData("\"ttl\": \"1h\", \"cookies\": \"ignore\"", "\"ttl\": \"1h\"")]
    [InlineData("\"ttl\": \"1h\"", "\"ttl\": \"30m\"")]
    public async Task The_cache_keeps_what_the_other_policy_would_have_kept_too(string before, string after)
    {
        await using var origin = await OriginAsync();
        await using var gateway = await TestGateway.StartAsync(Caching(before), ("origin", origin.Address));
        await AskAsync(gateway, "/x");
        await gateway.ReloadAsync(Caching(after));

        var how = (await AskAsync(gateway, "/x")).How ?? string.Empty;

        Assert.StartsWith("sandglass; hit; ttl=", how, StringComparison.Ordinal);
        Assert.InRange(int.Parse(how[(how.LastIndexOf('=') + 1)..], System.Globalization.CultureInfo.InvariantCulture), 1, after.Contains("30m", StringComparison.Ordinal) ? 1800 : 3600);
    }

    [Fact]
    public async Task Who_waits_under_the_tighter_policy_is_not_given_what_the_looser_one_fetched()
    {
        var let = new TaskCompletionSource();
        var count = 0;
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            var number = Interlocked.Increment(ref count);
            await let.Task;
            http.Response.Headers.SetCookie = $"session={number}";
            await http.Response.WriteAsync($"session {number}");
        });
        await using var gateway = await TestGateway.StartAsync(Caching("\"ttl\": \"1h\", \"setCookie\": \"share\""), ("origin", origin.Address));
        var first = AskAsync(gateway, "/x");
        await Eventually.TrueAsync(() => origin.Count == 1, "the first asks");
        await gateway.ReloadAsync(Caching("\"ttl\": \"1h\""));
        var second = AskAsync(gateway, "/x");
        await Eventually.TrueAsync(() => gateway.UnderWay == 2, "the second waits for it");
        let.SetResult();

        Assert.Equal("session 1", (await first).Text);
        Assert.Equal("session 2", (await second).Text);
    }

    public static TheoryData<string, string, string, string, string> LastGood => new()
    {
        { ", \"noStore\": true", "", "", "", "/x?Cache-Control=no-store" },
        { ", \"ignoreHeaders\": [ \"X-Who\" ]", "", "", "", "/x" },
        { "", "\"ttl\": \"0s\", \"send\": [ \"X-Who\" ]", "", "\"ttl\": \"0s\"", "/x" },
        { "", "\"ttl\": \"0s\", \"setCookie\": \"share\"", "", "\"ttl\": \"0s\"", "/x?Set-Cookie=seen%3D1" },
    };

    [Theory]
    [MemberData(nameof(LastGood))]
    public async Task Last_good_answers_that_leaned_on_the_looser_policy_are_not_given(string looseGood, string looseCoalesce, string tightGood, string tightCoalesce, string target)
    {
        var (loose, tight) = (Repeating(looseGood, looseCoalesce), Repeating(tightGood, tightCoalesce));
        var cache = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        var folder = TestFolder.New("e2e-");
        try
        {
            await using var origin = await OriginAsync();
            await using (var gateway = await TestGateway.StartAsync(loose, o => o with { SharedAnswers = cache }, folder, ("origin", origin.Address)))
            {
                Assert.Equal(200, (await AskAsync(gateway, target, loose.Contains("X-Who", StringComparison.Ordinal) ? [("X-Who", "mallory")] : [])).Status);
                await AskAsync(gateway, "/for-all");
                await Eventually.TrueAsync(() => gateway.Host.State.LastGood!.Shared.Pushed.Sum() >= 2, "both are given to the fleet");
                origin.Answer = static http =>
                {
                    http.Response.StatusCode = 500;
                    return Task.CompletedTask;
                };
                Assert.Equal(200, (await AskAsync(gateway, target)).Status);

                await gateway.ReloadAsync(tight);
                Assert.Equal(503, (await AskAsync(gateway, target)).Status);
                Assert.Equal(200, (await AskAsync(gateway, "/for-all")).Status);

                // It is there still, for who thinks better of it.
                await gateway.ReloadAsync(loose);
                Assert.Equal(200, (await AskAsync(gateway, target)).Status);
            }

            await using (var restarted = await TestGateway.StartAsync(tight, static o => o, folder, ("origin", origin.Address)))
            {
                Assert.Equal(2, restarted.Host.State.LastGood!.Count);
                Assert.Equal(503, (await AskAsync(restarted, target)).Status);
                Assert.Equal(200, (await AskAsync(restarted, "/for-all")).Status);
            }

            await using var other = await TestGateway.StartAsync(tight, o => o with { SharedAnswers = cache }, null, ("origin", origin.Address));
            await Eventually.TrueAsync(async () => (await AskAsync(other, "/for-all")).Status == 200, "the other gateway gets what is for all");
            await Eventually.TrueAsync(
                async () => (await AskAsync(other, target)).Status == 503 && other.Host.State.LastGood!.Shared.Pulled.Sum() == 2, "it gets the other one too, and does not give it");
            Assert.Equal(503, (await AskAsync(other, target)).Status);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
