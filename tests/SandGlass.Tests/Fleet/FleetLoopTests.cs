using System.Globalization;
using Microsoft.Extensions.Logging;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Rates;
using SandGlass.Fleet;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Fleet;

/// <summary>Limits shared over a real Redis, which hangs, dies and forgets.</summary>
[Collection(nameof(RealTime))]
public sealed class FleetLoopTests
{
    private const int Rate = 400;

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Shares_one_limit_between_gateways_with_few_calls()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 100, seed: 1);
        await using var b = new Member(redis.Address, Rate, 100, seed: 2);
        await TogetherAsync(a, b);
        await Member.OverloadAsync(TimeSpan.FromSeconds(0.8), a, b);
        var before = a.State.Calls.Answered;

        Assert.InRange(await Member.OverloadAsync(Span, a, b), Rate * 3 * 0.93, Rate * 3 * 1.07);
        Assert.InRange(a.State.Calls.Answered - before, 5, 31);
        Assert.All((Member[])[a, b], static m => Assert.Equal(0, m.State.Calls.Failed));
    }

    [Fact]
    public async Task Gives_one_gateway_that_has_all_the_load_all_of_the_rate()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 100, seed: 1);
        await using var b = new Member(redis.Address, Rate, 100, seed: 2);
        await TogetherAsync(a, b);
        await Member.OverloadAsync(TimeSpan.FromSeconds(0.8), a);

        Assert.InRange(await Member.OverloadAsync(Span, a), Rate * 3 * 0.93, Rate * 3 * 1.07);
    }

    [Fact]
    public async Task Falls_to_its_share_while_Redis_hangs_waits_for_nothing_and_converges_after()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 100, seed: 1);
        await using var b = new Member(redis.Address, Rate, 100, seed: 2);
        await TogetherAsync(a, b);
        await Member.OverloadAsync(TimeSpan.FromSeconds(0.8), a, b);

        await redis.StopAsync();
        Assert.InRange(await Member.OverloadAsync(Span, a, b), Rate * 3 * 0.9, Rate * 3 * 1.1);
        Assert.False(a.State.IsUp);
        Assert.Equal(2, a.State.Members);
        var alone = await Member.OverloadAsync(TimeSpan.FromSeconds(1), a);
        Assert.InRange(alone, Rate / 2 * 0.8, Rate / 2 * 1.2);

        await redis.ContinueAsync();
        await Eventually.TrueAsync(() => a.State.IsUp && b.State.IsUp, "both are back");
        await Member.OverloadAsync(TimeSpan.FromSeconds(0.8), a, b);
        Assert.InRange(await Member.OverloadAsync(Span, a, b), Rate * 3 * 0.93, Rate * 3 * 1.07);
        // On a busy machine somebody else may run meanwhile; waiting for Redis would be 250 ms.
        Assert.True(a.Slowest < TimeSpan.FromMilliseconds(100), $"a decision took {a.Slowest}");
    }

    [Fact]
    public async Task Forgets_nothing_when_Redis_is_killed_and_comes_back_empty()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 1000, seed: 1);
        await using var b = new Member(redis.Address, Rate, 1000, seed: 2);
        await TogetherAsync(a, b);
        await Member.OverloadAsync(TimeSpan.FromSeconds(1), a, b);

        await redis.KillAsync();
        await redis.RestartAsync();

        Assert.InRange(await Member.OverloadAsync(Span, a, b), Rate * 3 * 0.9, Rate * 3 * 1.1);
        await Eventually.TrueAsync(() => a.State.IsUp && b.State.IsUp, "both are back");
        Assert.Equal(2, a.State.Members);
    }

    [Theory]
    [InlineData("SCRIPT FLUSH")]
    [InlineData("FLUSHALL")]
    public async Task Goes_on_after(string command)
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 1000);
        await Eventually.TrueAsync(() => a.State.IsUp, "Redis is up");
        await Member.OverloadAsync(TimeSpan.FromSeconds(1), a);
        Assert.StartsWith("+OK", await redis.AskAsync(command), StringComparison.Ordinal);

        Assert.InRange(await Member.OverloadAsync(Span, a), Rate * 3 * 0.9, Rate * 3 * 1.1);
        Assert.Equal((true, 0L), (a.State.IsUp, a.State.Calls.Failed));
    }

    [Fact]
    public async Task Says_once_that_the_password_is_wrong_and_takes_the_right_one_when_it_comes()
    {
        await using var redis = await RedisAsync("geheim");
        await using var a = new Member($"{redis.Address},password=falsch", Rate, 100);
        await Eventually.TrueAsync(() => a.State.Calls.Failed > 2, "some attempts failed");

        // On a busy machine the first connection may have taken too long, which is another trouble and another line.
        await Eventually.TrueAsync(() => a.Log.Lines.Any(IsOfThePassword), "it was told");
        var line = Assert.Single(a.Log.Lines, IsOfThePassword).Text;
        Assert.DoesNotContain("falsch", line, StringComparison.Ordinal);
        a.PointTo($"{redis.Address},password=geheim");
        await Eventually.TrueAsync(() => a.State.IsUp, "Redis is up");
    }

    [Fact]
    public async Task Says_once_that_nobody_listens()
    {
        await using var redis = await RedisAsync();
        await redis.KillAsync();
        await using var a = new Member(redis.Address, Rate, 100);
        await Eventually.TrueAsync(() => a.Log.Lines.Count > 0, "it was told");

        Assert.InRange(await Member.OverloadAsync(Span, a), Rate * 3 * 0.93, (Rate * 3 * 1.07) + 100);
        Assert.Single(a.Log.Lines);
    }

    [Fact]
    public async Task Gives_its_leases_back_and_leaves_when_it_ends()
    {
        const int slow = 10;
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, slow, 100, seed: 1);
        var b = new Member(redis.Address, slow, 100, seed: 2);
        await TogetherAsync(a, b);
        for (var i = 0; i < 40; i++)
        {
            Assert.True(b.Ask());
        }

        await Eventually.TrueAsync(() => b.Limit.Leases.Single().KnownTat > 0, "Redis has told the debt");
        for (var i = 0; i < 30; i++)
        {
            b.Limit.Refund(b.Rate.For(2), 7, 1, 0, 1);
        }

        // Whatever is leased or given back in between: what Redis has counted less what is in hand is what was admitted.
        double inHand = 0, counted = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                inHand = b.Limit.LeftOf(7)!.Value / (double)LeasePlan.Unit;
                counted = await CountedAsync(redis);
                return inHand * LeasePlan.Unit == b.Limit.LeftOf(7);
            },
            static () => "nothing was leased or given back between two looks");
        await b.DisposeAsync();

        Assert.Equal(0, b.Limit.LeftOf(7));
        Assert.Equal(counted - (inHand * 1_000_000 / slow), await CountedAsync(redis), 1_000_000.0 / slow / 100);
        Assert.Contains(":1\r\n", await redis.AskAsync("ZCARD sandglass:{test}:members"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_dies_loses_its_lease_and_the_others_go_on_with_all_of_the_rate()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 100, seed: 1);
        await using var b = new Member(redis.Address, Rate, 100, seed: 2);
        await TogetherAsync(a, b);
        await Member.OverloadAsync(TimeSpan.FromSeconds(0.8), a, b);

        // It says no word more to this Redis, not even farewell.
        b.PointTo("127.0.0.1:1");
        var lease = (double)a.Rate.For(2).MostLease / LeasePlan.Unit;
        Assert.InRange(await Member.OverloadAsync(Span, a), (Rate * 3 * 0.93) - lease, Rate * 3 * 1.07);
        await Eventually.TrueAsync(() => a.State.Members == 1, "the dead is no member any more");
    }

    [Fact]
    public async Task Begins_a_limit_where_the_others_are()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 100, seed: 1);
        a.Fill();
        var known = a.Backend.Current(Member.Bounds);
        Assert.InRange(known, 40, 200);

        await using var b = new Member(redis.Address, Rate, 100, seed: 2);
        await Eventually.TrueAsync(() => b.Backend.Current(Member.Bounds) == known, "the newcomer has heard of it");
        Assert.Equal(LimitReasons.Fleet, b.Backend.Status(Member.Bounds).Reason);
        // Who knows a backend goes by what it knows.
        Assert.Equal(known, a.Backend.Current(Member.Bounds));
    }

    [Fact]
    public async Task Forgets_what_those_said_who_are_gone()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 100, seed: 1);
        await redis.AskAsync("HSET sandglass:{test}:hints gone 1,2,3");
        var b = new Member(redis.Address, Rate, 100, seed: 2);
        await TogetherAsync(a, b);

        await Eventually.TrueAsync(async () => (await redis.AskAsync("HKEYS sandglass:{test}:hints")).StartsWith("*2", StringComparison.Ordinal), "two are left");
        await b.DisposeAsync();
        Assert.StartsWith("*1", await redis.AskAsync("HKEYS sandglass:{test}:hints"), StringComparison.Ordinal);
        Assert.Equal(0, a.State.Calls.Failed);
    }

    [Fact]
    public async Task A_text_that_makes_no_whole_hints_spoils_none_of_the_others()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, Rate, 100, seed: 1);
        a.Fill();
        var known = a.Backend.Current(Member.Bounds);
        await redis.AskAsync("HSET sandglass:{test}:hints another-version 1,2,3,4,5,6");
        await redis.AskAsync($"ZADD sandglass:{{test}}:members {RedisMicroseconds() + 900_000} another-version");

        await using var b = new Member(redis.Address, Rate, 100, seed: 2);

        await Eventually.TrueAsync(() => b.Backend.Current(Member.Bounds) == known, "the newcomer has heard of it");
    }

    [Fact]
    public async Task Who_was_seen_by_a_clock_that_has_gone_back_since_is_no_member()
    {
        await using var redis = await RedisAsync();
        await redis.AskAsync($"ZADD sandglass:{{test}}:members {RedisMicroseconds() + 3_600_000_000} of-an-hour-ahead");

        await using var a = new Member(redis.Address, Rate, 100, seed: 1);

        await Eventually.TrueAsync(() => a.State.Calls.Answered > 1, "it has called");
        Assert.Equal(1, a.State.Members);
        Assert.StartsWith("*1", await redis.AskAsync("ZRANGE sandglass:{test}:members 0 -1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_small_keys_to_itself_and_holds_the_large_ones_together()
    {
        await using var redis = await RedisAsync();
        await using var a = new Member(redis.Address, 10, 20, isFew: false, seed: 1);
        await using var b = new Member(redis.Address, 10, 20, isFew: false, seed: 2);
        await TogetherAsync(a, b);
        for (ulong key = 100; key < 20_000; key++)
        {
            Assert.True(a.Ask(key));
        }

        Assert.Equal(0, a.Limit.Count);
        await Member.OverloadAsync(TimeSpan.FromSeconds(3), a, b);
        Assert.Equal(1, a.Limit.Count);
        Assert.InRange(await Member.OverloadAsync(Span, a, b), 24, 36);
    }

    private static long RedisMicroseconds() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    // The tick of Redis' clock, in microseconds, at which the limit's bucket is full again.
    private static async Task<double> CountedAsync(RedisServer redis)
    {
        var key = (await redis.AskAsync("KEYS sandglass:{test}:limit:*")).Split("\r\n")[2];
        return double.Parse((await redis.AskAsync($"GET {key}")).Split("\r\n")[1], CultureInfo.InvariantCulture);
    }

    private static bool IsOfThePassword((LogLevel, string Text) line) => line.Text.Contains("wants another password (NOAUTH)", StringComparison.Ordinal);

    private static Task TogetherAsync(params Member[] members) =>
        Eventually.TrueAsync(() => members.All(m => m.State.IsUp && m.State.Members == members.Length), "all know each other");

    private static Task<RedisServer> RedisAsync(string password = "")
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? string.Empty);
        return RedisServer.StartAsync(password);
    }
}
