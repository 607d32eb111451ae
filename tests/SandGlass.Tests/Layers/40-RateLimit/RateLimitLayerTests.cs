using System.Globalization;
using System.Text.RegularExpressions;
using SandGlass.Layers.RateLimit;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.RateLimit;

public sealed partial class RateLimitLayerTests
{
    private const string TwoLimits = """
        "rateLimits": {
          "wide": { "rate": "10/s", "burst": 10, "key": "client" },
          "narrow": { "rate": "1/s", "burst": 2, "key": "route", "mode": "MODE" }
        }
        """;

    // rate, burst, then requests at these milliseconds, and what each gets: status, r, t.
    [Theory]
    [InlineData("10/s", 3, 0, 200, 2, 1)]
    [InlineData("10/s", 3, 0, 200, 1, 1, 0)]
    [InlineData("1/s", 3, 0, 200, 2, 1)]
    [InlineData("1/s", 3, 0, 200, 0, 3, 0, 0)]
    [InlineData("1/s", 3, 0, 429, 0, 1, 0, 0, 0, 0)]
    [InlineData("1/s", 3, 900, 429, 0, 1, 0, 0, 0)]
    [InlineData("1/s", 3, 1000, 200, 0, 3, 0, 0, 0)]
    [InlineData("1/s", 3, 2500, 200, 1, 2, 0, 0, 0)]
    [InlineData("1/s", 3, 9000, 200, 2, 1, 0, 0, 0)]
    [InlineData("6/m", 1, 1, 429, 0, 10, 0)]
    [InlineData("6/m", 1, 5000, 429, 0, 5, 0)]
    [InlineData("1/d", 1, 3_600_000, 429, 0, 82800, 0)]
    public async Task Says_what_is_left_and_when(string rate, int burst, int at, int status, int left, int reset, params int[] before)
    {
        using var glass = new Glass(Policies.Limit($"\"rate\": \"{rate}\", \"burst\": {burst}"));
        foreach (var _ in before)
        {
            (await glass.GetAsync()).Dispose();
        }

        glass.Clock.Advance(TimeSpan.FromMilliseconds(at));
        using var request = new TestContext();
        var passage = glass.Enter(request);
        var rule = glass.Rule<RateLimitPlan>();
        var verdict = rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp());
        AnswerHeaders.AddCommon(passage, request.Http.Response.Headers, glass.Clock);

        Assert.Equal(status == 200, verdict.Admitted);
        Assert.Equal($"\"l\";r={left};t={reset}", request.Header("RateLimit"));
        Assert.Equal($"\"l\";q={burst};w={rule.WindowSeconds}", request.Header("RateLimit-Policy"));
        if (!verdict.Admitted)
        {
            Assert.Equal(reset, rule.Layer.Reject(passage, rule, verdict).RetryAfter);
        }
    }

    [Theory]
    [InlineData("10/s", 5, 1)]
    [InlineData("7/m", 3, 2)]
    [InlineData("3/h", 2, 1)]
    [InlineData("1/d", 9, 4)]
    public async Task Admits_whoever_has_waited_retry_after_which_is_never_before_t(string rate, int burst, int cost)
    {
        using var glass = new Glass(Policies.Limit($"\"rate\": \"{rate}\", \"burst\": {burst}, \"cost\": {cost}"));
        for (var round = 0; round < 5; round++)
        {
            TestContext request;
            while ((request = await glass.GetAsync()).Status == 200)
            {
                request.Dispose();
            }

            var wait = int.Parse(request.Header("Retry-After"), CultureInfo.InvariantCulture);
            var t = int.Parse(Reset().Match(request.Header("RateLimit")).Value, CultureInfo.InvariantCulture);
            Assert.True(wait >= t, $"Retry-After {wait}, t {t}");
            Assert.Equal(429, request.Status);
            request.Dispose();

            glass.Clock.Advance(TimeSpan.FromSeconds(wait));
            using var again = await glass.GetAsync();
            Assert.Equal(200, again.Status);
        }
    }

    [Fact]
    public async Task Gives_back_what_earlier_limits_took_when_a_later_one_refuses()
    {
        using var glass = new Glass(Two("enforce"));
        for (var i = 0; i < 50; i++)
        {
            using var request = await glass.GetAsync();
            Assert.Equal(i < 2 ? 200 : 429, request.Status);
        }

        // Two were let through by both; the forty-eight others cost nothing.
        Assert.Equal(8, Left(glass, "wide"));
        Assert.Equal(2, glass.Forwarder.Calls);
    }

    [Fact]
    public async Task Gives_back_as_well_where_the_refused_client_has_left_already()
    {
        using var glass = new Glass(Two("enforce"));
        for (var i = 0; i < 50; i++)
        {
            using var request = new TestContext();
            if (i >= 2)
            {
                request.Leave();
            }

            await glass.SendAsync(request);
        }

        Assert.Equal((2, 48), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Aborted, Place.RateLimit)));
        Assert.Equal(8, Left(glass, "wide"));
    }

    [Fact]
    public async Task Keeps_what_it_took_for_a_client_that_leaves_behind_all_limits()
    {
        using var glass = new Glass(Two("enforce"));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.ClientLeft, 0));

        using var request = await glass.GetAsync();

        Assert.Equal(1, glass.Total(RequestOutcome.Aborted));
        Assert.Equal(9, Left(glass, "wide"));
    }

    // Each answer is a 503 that asks to come back in a second; the burst is two.
    [Theory]
    [InlineData("")]
    [InlineData("\"fallback\": \"busy\"")]
    public async Task No_answer_of_another_layer_asks_back_before_t(string fallback)
    {
        using var glass = new Glass(Policies.Limit(
            "\"rate\": \"1/m\", \"burst\": 2", fallback, "\"fallbacks\": { \"busy\": { \"status\": 503, \"retryAfter\": \"1s\", \"body\": \"busy\" } }"));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 503));

        using var first = await glass.GetAsync();
        using var second = await glass.GetAsync();

        // One is left: the client may come as soon as the backend is back, and no t says otherwise.
        Assert.Equal((503, "\"l\";r=1"), (first.Status, first.Header("RateLimit")));
        Assert.InRange(int.Parse(first.Header("Retry-After"), CultureInfo.InvariantCulture), 1, 3);
        // None is: the next one comes in a minute, and not only when both are back.
        Assert.Equal((503, "\"l\";r=0"), (second.Status, second.Header("RateLimit")));
        Assert.InRange(int.Parse(second.Header("Retry-After"), CultureInfo.InvariantCulture), 60, 90);
    }

    [Fact]
    public async Task Speaks_of_t_where_another_layer_asks_back_later()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"10/s\", \"burst\": 10"));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 503));

        using var answer = await glass.GetAsync();

        Assert.Equal("\"l\";r=9;t=1", answer.Header("RateLimit"));
    }

    [Fact]
    public async Task Neither_gives_back_nor_speaks_in_shadow()
    {
        using var glass = new Glass(Two("shadow"));
        for (var i = 0; i < 5; i++)
        {
            using var request = await glass.GetAsync();
            Assert.Equal(200, request.Status);
        }

        Assert.Equal(5, Left(glass, "wide"));
        Assert.Equal(3, glass.Shadowed(Place.RateLimit));
        Assert.Equal(3, glass.State.RateLimits["narrow"].Refused.Sum());

        using var seen = new TestContext();
        var passage = glass.Enter(seen);
        foreach (var rule in glass.Route.Rules.OfType<RateLimitPlan>())
        {
            rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp());
        }

        Assert.Equal("wide", passage.Quota.Plan!.Name);
    }

    [Fact]
    public async Task Gives_a_shadow_limit_nothing_that_it_did_not_take()
    {
        // The shadow limit first: it refuses in vain; then the enforced one refuses in earnest.
        using var glass = new Glass(Policies.With("\"rateLimits\": [ \"a\", \"b\" ]", """
            "rateLimits": { "a": { "rate": "1/h", "burst": 1, "mode": "shadow" }, "b": { "rate": "1/h", "burst": 3 } }
            """));
        for (var i = 0; i < 20; i++)
        {
            (await glass.GetAsync()).Dispose();
        }

        Assert.Equal((1, 19), (glass.State.RateLimits["a"].Admitted.Sum(), glass.State.RateLimits["a"].Refused.Sum()));
        Assert.Equal(19, glass.Shadowed(Place.RateLimit));
    }

    [Theory]
    [InlineData(0.5, 500)]
    [InlineData(2, 2000)]
    [InlineData(0.01, 10)]
    public async Task Scales_its_rate_by_a_switch_and_leaves_the_burst(double scale, int expected)
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"100/s\", \"burst\": 50", sections: Scaling(scale)));
        glass.Throw("s");
        var admitted = 0;
        for (var ms = 0; ms < 10_000; ms++)
        {
            glass.Clock.Advance(TimeSpan.FromMilliseconds(1));
            using var request = await glass.GetAsync();
            admitted += request.Status == 200 ? 1 : 0;
        }

        Assert.InRange(admitted, expected - 1, expected + 50);
    }

    [Theory]
    [InlineData("\"rate\": \"100/s\", \"burst\": 200", 0.5, "q=200;w=2", "q=200;w=4")]
    [InlineData("\"rate\": \"100/s\", \"burst\": 200", 4, "q=200;w=2", "q=200;w=1")]
    [InlineData("\"algorithm\": \"sliding-window\", \"rate\": \"60/m\"", 0.5, "q=60;w=60", "q=30;w=60")]
    [InlineData("\"algorithm\": \"fixed-window\", \"rate\": \"3/m\"", 0.01, "q=3;w=60", "q=1;w=60")]
    [InlineData("\"algorithm\": \"concurrency\", \"burst\": 8", 0.5, "q=8;w=1", "q=4;w=1")]
    [InlineData("\"algorithm\": \"paced\", \"rate\": \"1/s\", \"maxWait\": \"1m\"", 0.25, "q=1;w=1", "q=1;w=4")]
    [InlineData("\"algorithm\": \"warm-up\", \"rate\": \"10/s\", \"burst\": 20", 0.5, "q=20;w=2", "q=20;w=4")]
    public void Tells_the_quota_that_a_switch_leaves(string limit, double scale, string without, string with)
    {
        using var glass = new Glass(Policies.Limit(limit));
        var headers = glass.Rule<RateLimitPlan>().Headers;
        foreach (var (at, expected) in new[] { (1, without), (scale, with), (scale, with), (1, without) })
        {
            Assert.Equal($"\"l\";{expected}", headers.Policy(at));
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Gives_back_at_the_scale_at_which_it_took(double scale)
    {
        using var glass = new Glass(Policies.With("\"rateLimits\": [ \"a\", \"b\" ]", $$"""
            "rateLimits": { "a": { "rate": "1/h", "burst": 50 }, "b": { "rate": "1/h", "burst": 5 } }, {{Scaling(scale)}}
            """));
        glass.Throw("s");
        for (var i = 0; i < 40; i++)
        {
            (await glass.GetAsync()).Dispose();
        }

        Assert.Equal(5, glass.Forwarder.Calls);
        Assert.Equal(45, Left(glass, "a", scale));
    }

    [Theory]
    [InlineData("skip", 200, "")]
    [InlineData("anonymous", 429, "\"l\";r=0;t=1")]
    public async Task Skips_or_shares_requests_without_the_key(string absent, int status, string header)
    {
        using var glass = new Glass(Policies.Limit($"\"rate\": \"1/s\", \"key\": \"header:X-User\", \"absent\": \"{absent}\""));
        (await glass.GetAsync(from: "198.51.100.1")).Dispose();
        using var second = await glass.GetAsync(from: "198.51.100.2");
        using var named = await glass.GetAsync(headers: ("X-User", "7"));

        Assert.Equal((status, 200), (second.Status, named.Status));
        Assert.Equal(header, second.Header("RateLimit"));
    }

    [Fact]
    public async Task Counts_cost_times_the_routes_cost()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/h\", \"burst\": 12, \"cost\": 2", "\"cost\": 3"));
        var admitted = 0;
        for (var i = 0; i < 5; i++)
        {
            using var request = await glass.GetAsync();
            admitted += request.Status == 200 ? 1 : 0;
        }

        Assert.Equal(2, admitted);
    }

    [Theory]
    [InlineData("/R/1")]
    [InlineData("/r/1/")]
    [InlineData("//r//1")]
    [InlineData("/r/%31")]
    [InlineData("/x/../r/1")]
    [InlineData("/r/1?utm=1")]
    public async Task Counts_every_spelling_of_a_target_together(string spelling)
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/h\", \"key\": [ \"client\", \"route\", \"path:id\" ]"));
        (await glass.GetAsync()).Dispose();
        using var request = await glass.GetAsync(spelling);

        Assert.Equal(429, request.Status);
    }

    [Fact]
    public void Speaks_of_the_tightest_limit()
    {
        using var glass = new Glass(Two("enforce"));
        var (wide, narrow) = (glass.Rule<RateLimitPlan>(0), glass.Rule<RateLimitPlan>(1));

        Assert.True(new Quota(narrow, 1, 0, 0).IsTighterThan(new Quota(wide, 9, 0, 0)));
        Assert.False(new Quota(narrow, 2, 0, 0).IsTighterThan(new Quota(wide, 3, 0, 0)));
        Assert.True(new Quota(wide, 9, 0, 5).IsTighterThan(new Quota(narrow, 0, 9, 0)));
        Assert.True(new Quota(wide, 9, 0, 0).IsTighterThan(default));
    }

    [Theory]
    [InlineData(0, 0, "\"l\";r=0;t=0")]
    [InlineData(100, 2, "\"l\";r=100;t=2")]
    [InlineData(7, 1, "\"l\";r=7;t=1")]
    [InlineData(100, 1_000_000, "\"l\";r=100;t=1000000")]
    [InlineData(101, 1, "\"l\";r=101;t=1")]
    public void Writes_its_headers_once_and_right_beyond_what_it_keeps(long remaining, long seconds, string expected)
    {
        var headers = new QuotaHeaders("l", 100, 2, static _ => (1, 1));

        Assert.Equal(expected, headers.Now(remaining, seconds));
        Assert.Equal(expected, headers.Now(remaining, seconds));
        Assert.Equal("\"l\";q=100;w=2", headers.Policy(1));
        Assert.Equal("\"a\\\"b\\\\\";q=1;w=1", new QuotaHeaders("a\"b\\", 1, 1, static _ => (1, 1)).Policy(1));
        Assert.Equal("\"l\";r=5;t=9", new QuotaHeaders("l", 10_000_000, 10, static _ => (1, 1)).Now(5, 9));
    }

    private static string Two(string mode) =>
        Policies.With("\"rateLimits\": [ \"wide\", \"narrow\" ]", TwoLimits.Replace("MODE", mode, StringComparison.Ordinal));

    private static string Scaling(double scale) => string.Create(
        CultureInfo.InvariantCulture, $"\"switches\": {{ \"s\": {{ \"routes\": [ \"r\" ], \"do\": {{ \"scaleRateLimits\": {scale} }} }} }}");

    private static long Left(Glass glass, string limit, double scale = 1)
    {
        using var request = new TestContext();
        var passage = glass.Enter(request);
        passage.RateScale = scale;
        var rule = glass.Route.Rules.OfType<RateLimitPlan>().Single(r => r.Name == limit);
        rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp());
        return passage.Quota.Remaining + 1;
    }

    [GeneratedRegex("(?<=;t=)[0-9]+")]
    private static partial Regex Reset();
}
