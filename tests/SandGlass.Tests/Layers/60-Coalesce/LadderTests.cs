using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Coalesce;

/// <summary>What is done for a hot key, rung by rung, and what is not done for a cold one.</summary>
public sealed class LadderTests
{
    private static string Policy(string ladder, string coalesce = "\"ttl\": \"10s\", \"staleWhileRevalidate\": \"20s\"", string hot = "") => Policies.With(
        $"\"coalesce\": {{ {coalesce} }}, \"hotKeys\": {{ \"key\": \"path:id\", \"promoteAt\": 5, \"share\": 0{hot}{(ladder.Length > 0 ? $", \"ladder\": {{ {ladder} }}" : "")} }}",
        "\"fallbacks\": { \"busy\": { \"status\": 200, \"body\": \"one moment\", \"contentType\": \"text/plain\" } }");

    [Theory]
    [InlineData("\"ttl\": \"10s\", \"for\": \"hot\"", 2, 5)]
    [InlineData("\"ttl\": \"10s\"", 1, 1)]
    public async Task Shares_only_what_is_hot_where_the_policy_says_so(string coalesce, int cold, int calls)
    {
        using var glass = Sharing(Policy("", coalesce));
        (await glass.GetAsync("/r/cold")).Dispose();
        (await glass.GetAsync("/r/cold")).Dispose();
        Assert.Equal(cold, glass.Forwarder.Calls);

        // Hot with the fifth request; from then on one fetch for all.
        await AskAsync(glass, 20);
        using var hit = await glass.GetAsync();

        Assert.Equal("sandglass; hit; ttl=10", hit.Header("Cache-Status"));
        Assert.Equal(cold + calls, glass.Forwarder.Calls);
    }

    [Fact]
    public async Task Counts_a_rung_in_shadow_and_fetches_instead()
    {
        using var glass = Sharing(Policy("\"cache\": \"shadow\""));
        await AskAsync(glass, 20);

        // Four as a cold key (one fetch, three hits), then sixteen whose hits are counted only.
        Assert.Equal((17, 16, 3), (glass.Forwarder.Calls, Shadowed(glass, "r.cache"), glass.Total(RequestOutcome.Hit)));
    }

    [Fact]
    public async Task Keeps_nothing_for_hot_keys_where_the_rung_is_off()
    {
        using var glass = Sharing(Policy("\"cache\": \"off\"", "\"ttl\": \"10s\", \"for\": \"hot\""));
        await AskAsync(glass, 20);

        Assert.Equal((20, 0), (glass.Forwarder.Calls, Shadowed(glass, "r.cache")));
    }

    [Fact]
    public async Task Lets_hot_keys_go_alone_where_the_first_rung_is_off()
    {
        using var glass = Sharing(Policy("\"coalesce\": \"off\""));
        await AskAsync(glass, 20);

        Assert.Equal((17, 3), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Hit)));
    }

    [Theory]
    [InlineData("enforce", 0, RequestOutcome.Stale)]
    [InlineData("shadow", 1, RequestOutcome.Served)]
    [InlineData("off", 0, RequestOutcome.Served)]
    public async Task Gives_a_stale_answer_of_a_hot_key_only_where_the_rung_is_enforced(string stale, int shadowed, RequestOutcome outcome)
    {
        using var glass = Sharing(Policy($"\"stale\": \"{stale}\"", hot: ", \"refreshAhead\": false"));
        (await glass.GetAsync()).Dispose();
        glass.Clock.Advance(TimeSpan.FromSeconds(11));
        var (rule, key) = (glass.Rule<SandGlass.Layers.Coalesce.HotKeyRule>(), HotKeyOf(glass));
        for (var i = 0; i < 10; i++)
        {
            rule.State.Sketch.Add(rule.Plan, key, glass.Clock.GetTimestamp(), 0.5);
        }

        var (was, counted) = (glass.Total(outcome), Shadowed(glass, "r.stale"));
        (await glass.GetAsync()).Dispose();

        Assert.Equal((1, shadowed), (glass.Total(outcome) - was, Shadowed(glass, "r.stale") - counted));
    }

    [Theory]
    [InlineData("\"limit\": { \"rate\": \"2/s\" }", 503, RequestOutcome.Refused)]
    [InlineData("\"limit\": { \"rate\": \"2/s\" }, \"fallback\": { \"use\": \"busy\" }", 200, RequestOutcome.Fallback)]
    [InlineData("\"limit\": { \"rate\": \"2/s\" }, \"fallback\": { \"use\": \"busy\", \"mode\": \"shadow\" }", 503, RequestOutcome.Refused)]
    public async Task Limits_what_of_a_hot_key_goes_on_to_the_backend(string ladder, int status, RequestOutcome outcome)
    {
        using var glass = new Glass(Policy("\"coalesce\": \"off\", " + ladder, "\"ttl\": \"1s\", \"for\": \"hot\""));
        await AskAsync(glass, 10);
        using var refused = await glass.GetAsync();
        using var other = await glass.GetAsync("/r/2");

        // Four cold ones, and the bucket of two.
        Assert.Equal((6 + 1, status, 200), (glass.Forwarder.Calls, refused.Status, other.Status));
        Assert.Equal((5, "sandglass; error=destination_unavailable; details=\"coalesce/r.limit\""), (glass.Total(outcome, Place.Coalesce), refused.Header("Proxy-Status")));
        Assert.Equal(ladder.Contains("shadow", StringComparison.Ordinal) ? 5 : 0, Shadowed(glass, "r.fallback"));
        if (status == 503)
        {
            Assert.NotEqual("", refused.Header("Retry-After"));
        }

        glass.Clock.Advance(TimeSpan.FromSeconds(1));
        using var later = await glass.GetAsync();
        Assert.Equal(200, later.Status);
        Assert.DoesNotContain("Proxy-Status", later.Http.Response.Headers.Keys);
    }

    [Fact]
    public async Task Counts_whom_a_limit_in_shadow_would_refuse()
    {
        using var glass = new Glass(Policy("\"coalesce\": \"off\", \"limit\": { \"rate\": \"2/s\", \"mode\": \"shadow\" }"));
        await AskAsync(glass, 20);

        Assert.Equal((14, 20), (Shadowed(glass, "r.limit"), glass.Total(RequestOutcome.Served)));
    }

    [Fact]
    public async Task Knows_a_key_that_is_hot_elsewhere()
    {
        using var glass = Sharing(Policy("", "\"ttl\": \"10s\", \"for\": \"hot\""));
        (await glass.GetAsync()).Dispose();
        var state = glass.State.HotKeys("r", "path:id");
        state.Elsewhere.Hear([Algorithms.HotKeys.HotElsewhere.Told(HotKeyOf(glass))], glass.Clock.GetTimestamp() + (3 * glass.Clock.TimestampFrequency));

        (await glass.GetAsync()).Dispose();
        using var hit = await glass.GetAsync();
        Assert.Equal("sandglass; hit; ttl=10", hit.Header("Cache-Status"));

        glass.Clock.Advance(TimeSpan.FromSeconds(3));
        (await glass.GetAsync()).Dispose();
        Assert.Equal(3, glass.Forwarder.Calls);
    }

    [Theory]
    [InlineData(true, 9.25, 2)]
    [InlineData(true, 9.0, 1)]
    [InlineData(false, 9.9, 1)]
    public async Task Renews_what_is_hot_before_it_expires_once(bool ahead, double after, int calls)
    {
        using var glass = Sharing(Policy("", hot: ahead ? "" : ", \"refreshAhead\": false"));
        await AskAsync(glass, 20);
        // 0.2 to 0.8 s before its end, which moment is the key's own: at the earliest it is too soon, a second later nobody may ask twice.
        glass.Clock.Advance(TimeSpan.FromSeconds(after));
        await AskAsync(glass, 20);
        glass.Clock.Advance(TimeSpan.FromSeconds(ahead && calls == 2 ? 0.6 : 0));
        await AskAsync(glass, 20);
        await LayerContractTests.Until(() => glass.State.Cache!.UnderWay == 0);

        Assert.Equal((calls, 60 - 1), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Hit)));
    }

    [Fact]
    public async Task Does_not_ask_a_backend_for_ever_that_fails_to_renew()
    {
        using var glass = Sharing(Policy(""));
        await AskAsync(glass, 20);
        glass.Clock.Advance(TimeSpan.FromSeconds(9.85));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
        for (var i = 0; i < 50; i++)
        {
            await AskAsync(glass, 5);
            await LayerContractTests.Until(() => glass.State.Cache!.UnderWay == 0);
        }

        Assert.Equal((2, 0), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Failed)));
    }

    private static Glass Sharing(string policy)
    {
        var glass = new Glass(policy);
        glass.Forwarder.Does = passage => new(glass.Forwarder.Share(passage, freshSeconds: 10));
        return glass;
    }

    private static async Task AskAsync(Glass glass, int times)
    {
        for (var i = 0; i < times; i++)
        {
            (await glass.GetAsync()).Dispose();
        }
    }

    private static ulong HotKeyOf(Glass glass)
    {
        using var request = new SandGlass.Testing.TestContext("/r/1", "GET", "198.51.100.7", []);
        var passage = glass.Enter(request);
        var rule = glass.Rule<SandGlass.Layers.Coalesce.HotKeyRule>();
        rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp());
        return passage.HotKey;
    }

    private static long Shadowed(Glass glass, string rule) => glass.State.Shadows.Where(s => s.Rule == rule).Sum(static s => s.Total);
}
