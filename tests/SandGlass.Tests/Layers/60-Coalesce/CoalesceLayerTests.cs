using SandGlass.Algorithms;
using SandGlass.Layers.Coalesce;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Coalesce;

public sealed class CoalesceLayerTests
{
    private const string Rules = "\"coalesce\": { \"ttl\": \"1s\", \"staleWhileRevalidate\": \"5s\", \"staleIfError\": \"10s\", \"maxWait\": \"2s\" }";

    [Fact]
    public async Task Lets_one_lead_and_gives_its_answer_to_all_who_came_meanwhile()
    {
        using var glass = new Glass(Policies.With(Rules));
        var backend = Hang(glass);
        var sent = Enumerable.Range(0, 50).Select(_ => glass.GetAsync()).ToArray();
        await LayerContractTests.Until(() => glass.Forwarder.Calls == 1 && glass.State.Ledger.UnderWay == 50);

        backend.SetResult(passage => glass.Forwarder.Share(passage));
        var answers = await Task.WhenAll(sent);

        Assert.Equal((1, 49, 1), (glass.Total(RequestOutcome.Served), glass.Total(RequestOutcome.Collapsed), glass.Forwarder.Calls));
        Assert.All(answers, static a => Assert.Equal(200, a.Status));
        Assert.Equal(49, answers.Count(static a => a.Header("Cache-Status") == "sandglass; fwd=miss; collapsed"));
        LayerContractTests.AssertNothingHeld(glass);
        Release(answers);
    }

    [Theory]
    [InlineData(ForwardEnd.Unreachable, 502)]
    [InlineData(ForwardEnd.TimedOut, 504)]
    [InlineData(ForwardEnd.ClientLeft, 0)]
    [InlineData(ForwardEnd.CutOff, 200)]
    [InlineData(ForwardEnd.Withheld, 503)]
    public async Task Lets_exactly_one_follower_lead_after_a_leader_that_failed(ForwardEnd end, int status)
    {
        using var glass = new Glass(Policies.With(Rules));
        var (first, second) = (new TaskCompletionSource<ForwardResult>(), new TaskCompletionSource());
        glass.Forwarder.Does = async passage =>
        {
            if (glass.Forwarder.Calls == 1)
            {
                return await first.Task;
            }

            await second.Task;
            return glass.Forwarder.Share(passage);
        };
        var sent = Enumerable.Range(0, 20).Select(_ => glass.GetAsync()).ToArray();
        first.SetResult(new(end, status));
        await LayerContractTests.Until(() => glass.Forwarder.Calls == 2);
        second.SetResult();
        var answers = await Task.WhenAll(sent);

        Assert.Equal(2, glass.Forwarder.Calls);
        // Who came to the second flight too late found its answer.
        Assert.Equal((1, 18), (glass.Total(RequestOutcome.Served), glass.Total(RequestOutcome.Collapsed) + glass.Total(RequestOutcome.Hit)));
        LayerContractTests.AssertNothingHeld(glass);
        Release(answers);
    }

    [Fact]
    public async Task Lets_all_go_their_own_way_once_an_answer_cannot_be_shared()
    {
        using var glass = new Glass(Policies.With(Rules));
        var backend = Hang(glass);
        var sent = Enumerable.Range(0, 20).Select(_ => glass.GetAsync()).ToArray();

        backend.SetResult(passage =>
        {
            passage.Flight?.Land(StoredAnswer.Unshareable(glass.Clock.GetTimestamp(), glass.Clock.TimestampFrequency));
            return new(ForwardEnd.Answered, 200);
        });
        var all = Task.WhenAll(sent);
        await glass.RunUntilAsync(all);
        var answers = await all;

        Assert.Equal((20, 20), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Served)));
        LayerContractTests.AssertNothingHeld(glass);
        Release(answers);
    }

    [Fact]
    public async Task Does_not_let_a_follower_wait_longer_than_the_policy_says()
    {
        using var glass = new Glass(Policies.With(Rules));
        var hung = new TaskCompletionSource();
        glass.Forwarder.Does = async _ =>
        {
            await (glass.Forwarder.Calls == 1 ? hung.Task : Task.CompletedTask);
            return new(ForwardEnd.Answered, 200);
        };
        var leader = glass.GetAsync();
        var follower = glass.GetAsync();
        glass.Clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(1, glass.Forwarder.Calls);
        Assert.False(follower.IsCompleted);

        await glass.RunUntilAsync(follower);

        Assert.Equal((2, 1), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Served)));
        hung.SetResult();
        (await leader).Dispose();
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Does_not_disturb_the_others_when_a_follower_leaves()
    {
        using var glass = new Glass(Policies.With(Rules));
        var backend = Hang(glass);
        var leader = glass.GetAsync();
        using var leaving = new TestContext();
        var left = glass.SendAsync(leaving);
        var staying = glass.GetAsync();

        leaving.Leave();
        await left;
        backend.SetResult(passage => glass.Forwarder.Share(passage));
        Release([await leader, await staying]);

        Assert.Equal((1, 1, 1), (glass.Total(RequestOutcome.Aborted), glass.Total(RequestOutcome.Served), glass.Total(RequestOutcome.Collapsed)));
        LayerContractTests.AssertNothingHeld(glass);
    }

    // Seconds after it was stored; whether another fetch is under way; what the layer does.
    [Theory]
    [InlineData(0, false, VerdictKind.Answer, RequestOutcome.Hit)]
    [InlineData(0.99, false, VerdictKind.Answer, RequestOutcome.Hit)]
    [InlineData(0.99, true, VerdictKind.Answer, RequestOutcome.Hit)]
    [InlineData(1.01, false, VerdictKind.Answer, RequestOutcome.Stale)]
    [InlineData(1.01, true, VerdictKind.Answer, RequestOutcome.Stale)]
    [InlineData(5.9, true, VerdictKind.Answer, RequestOutcome.Stale)]
    [InlineData(6.1, true, VerdictKind.Wait, null)]
    [InlineData(6.1, false, VerdictKind.Admit, null)]
    public async Task Answers_fresh_then_stale_while_one_renews_it(double seconds, bool underWay, VerdictKind kind, RequestOutcome? how)
    {
        using var glass = new Glass(Policies.With(Rules));
        await StoreAsync(glass);
        glass.Clock.Advance(TimeSpan.FromSeconds(seconds));
        var rule = glass.Rule<CoalescePlan>();
        using var request = new TestContext();
        var passage = glass.Enter(request);
        if (underWay)
        {
            using var other = new TestContext();
            var ahead = glass.Enter(other);
            glass.State.Cache!.Board(rule, KeyOf(rule, ahead, glass), out var leads);
            Assert.True(leads);
        }

        var verdict = rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp());

        Assert.Equal(kind, verdict.Kind);
        if (how is not null)
        {
            Assert.Equal(how, passage.AnswerOutcome);
        }

        // Who gives it at once has it renewed behind its back, unless that is being done.
        Assert.Equal(how == RequestOutcome.Stale && !underWay, passage.Refresh is not null);
        Assert.Equal(how is null, passage.LastGood is not null);
        passage.Refresh?.Land(null);
    }

    [Theory]
    [InlineData(7, 200, RequestOutcome.Stale)]
    [InlineData(10.9, 200, RequestOutcome.Stale)]
    [InlineData(11.1, 502, RequestOutcome.Failed)]
    public async Task Repeats_what_it_knows_when_the_backend_fails_as_long_as_the_policy_says(double seconds, int status, RequestOutcome outcome)
    {
        using var glass = new Glass(Policies.With(Rules));
        await StoreAsync(glass);
        glass.Clock.Advance(TimeSpan.FromSeconds(seconds));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));

        using var answer = await glass.GetAsync();

        Assert.Equal((status, 1), (answer.Status, glass.Total(outcome)));
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Lets_a_fallback_repeat_the_last_good_answer()
    {
        using var glass = new Glass(Policies.With(
            "\"coalesce\": { \"ttl\": \"1s\" }, \"fallback\": \"known\"",
            "\"fallbacks\": { \"known\": { \"lastGood\": \"30s\", \"else\": \"busy\" }, \"busy\": { \"body\": \"busy\" } }"));
        await StoreAsync(glass);
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.TimedOut, 504));
        glass.Clock.Advance(TimeSpan.FromSeconds(29));
        using var known = await glass.GetAsync();
        glass.Clock.Advance(TimeSpan.FromSeconds(2));
        using var busy = await glass.GetAsync();

        Assert.Equal((200, "shared", "29"), (known.Status, await known.BodyAsync(), known.Header("Age")));
        Assert.Equal((503, "busy"), (busy.Status, await busy.BodyAsync()));
        Assert.Equal(2, glass.Total(RequestOutcome.Fallback, Place.Forward));
        Assert.Equal("sandglass; error=http_response_timeout; details=\"forward/marketing\"", known.Header("Proxy-Status"));
    }

    [Fact]
    public async Task Keeps_longer_while_a_switch_says_so()
    {
        using var glass = new Glass(Policies.Switch("\"coalesceTtl\": \"60s\"", Rules));
        await StoreAsync(glass);
        glass.Clock.Advance(TimeSpan.FromSeconds(50));
        glass.Throw("s");
        (await glass.GetAsync()).Dispose();
        Assert.Equal((1, 1), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Hit)));

        glass.Throw("s", on: false);
        (await glass.GetAsync()).Dispose();
        Assert.Equal(2, glass.Forwarder.Calls);
    }

    [Fact]
    public async Task Does_not_queue_behind_a_key_known_to_be_unshareable()
    {
        using var glass = new Glass(Policies.With(Rules));
        glass.Forwarder.Does = passage =>
        {
            if (passage is { Leads: true, Flight: { } flight })
            {
                var note = StoredAnswer.Unshareable(glass.Clock.GetTimestamp(), glass.Clock.TimestampFrequency);
                flight.Plan.Cache.Keep(flight.Key, note);
                flight.Land(note);
            }

            return new(new ForwardResult(ForwardEnd.Answered, 200));
        };
        (await glass.GetAsync()).Dispose();
        (await glass.GetAsync()).Dispose();
        glass.Clock.Advance(TimeSpan.FromSeconds(1.1));
        (await glass.GetAsync()).Dispose();

        Assert.Equal((2, 1), (glass.State.Coalescing["r"].Miss.Sum(), glass.State.Coalescing["r"].Bypass.Sum()));
    }

    [Theory]
    [InlineData("/r/1", "shop.example", true)]
    [InlineData("//r/1", "shop.example", true)]
    [InlineData("/r/1?a", "shop.example", false)]
    [InlineData("/r/2", "shop.example", false)]
    [InlineData("/r/1", "other.example", false)]
    [InlineData("/r/1", "SHOP.Example", true)]
    [InlineData("/r/1", "shop.example:80", true)]
    [InlineData("/r/1", "shop.example:81", false)]
    public async Task Shares_only_the_same_host_and_target(string target, string host, bool hit)
    {
        using var glass = new Glass(Policies.With(Rules));
        await StoreAsync(glass);
        using var request = new TestContext(target);
        request.Http.Request.Headers.Host = host;

        await glass.SendAsync(request);

        Assert.Equal(hit ? 1 : 0, glass.Total(RequestOutcome.Hit));
    }

    [Fact]
    public void Is_silent_in_shadow()
    {
        using var glass = new Glass(Policies.With(Rules.Replace("\"ttl\"", "\"mode\": \"shadow\", \"ttl\"", StringComparison.Ordinal)));
        using var request = new TestContext();
        using var second = new TestContext();
        var passage = glass.Enter(request);
        var rule = glass.Rule<CoalescePlan>();

        Assert.True(rule.Layer.Decide(passage, rule, 1).Admitted);
        Assert.Equal(VerdictKind.Wait, rule.Layer.Decide(glass.Enter(second), rule, 1).Kind);
        Assert.Null(passage.CacheStatus);
        Assert.Null(passage.LastGood);

        rule.Layer.Release(passage, rule, default, 2);
        Assert.Equal(0, glass.State.Cache!.UnderWay);
    }

    [Fact]
    public async Task Ends_a_flight_once()
    {
        using var glass = new Glass(Policies.With(Rules));
        var rule = glass.Rule<CoalescePlan>();
        var cache = new MicroCache(1 << 20);
        var flight = glass.State.Cache!.Board(rule, 7, out var leads);
        Assert.Same(flight, glass.State.Cache.Board(rule, 7, out var follows));
        Assert.Equal((true, false, 1, true), (leads, follows, glass.State.Cache.UnderWay, glass.State.Cache.IsUnderWay(7)));

        flight.Land(null);
        var next = glass.State.Cache.Board(rule, 7, out var leadsAgain);
        flight.Land(glass.Forwarder.Answer());

        Assert.True(leadsAgain);
        Assert.Null(await flight.Landing);
        Assert.False(next.Landing.IsCompleted);
        Assert.Equal((1, 0), (glass.State.Cache.UnderWay, cache.Count));
    }

    [Fact]
    public void Stays_within_its_memory_and_keeps_the_hot_key()
    {
        using var glass = new Glass(Policies.With(Rules));
        var cache = new MicroCache(1 << 20);
        for (var i = 1; i <= 20_000; i++)
        {
            cache.Keep((UInt128)i, glass.Forwarder.Answer());
            Assert.True(i == 1 || cache.TryGet(1, out _));
        }

        Assert.InRange(cache.Bytes, 1 << 18, 1 << 20);
        Assert.InRange(cache.Count, 100, 2048);
    }

    [Theory]
    [InlineData(RequestOutcome.Served, 0, "sandglass; fwd=miss; stored; ttl=10")]
    [InlineData(RequestOutcome.Hit, 3.2, "sandglass; hit; ttl=7")]
    [InlineData(RequestOutcome.Hit, 10, "sandglass; hit; ttl=0")]
    [InlineData(RequestOutcome.Stale, 15, "sandglass; hit; ttl=-5")]
    [InlineData(RequestOutcome.Collapsed, 0, "sandglass; fwd=miss; collapsed")]
    public void Says_in_cache_status_how_it_came_about(RequestOutcome how, double seconds, string expected)
    {
        var clock = new TestClock();
        var answer = new FakeForwarder(clock).Answer(freshSeconds: 10);
        clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(expected, CacheStatus.Of(answer, answer.Lifetime, how, null, 0, clock.GetTimestamp(), clock.TimestampFrequency));
    }

    private static TaskCompletionSource<Func<Passage, ForwardResult>> Hang(Glass glass)
    {
        var backend = new TaskCompletionSource<Func<Passage, ForwardResult>>(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async passage => (await backend.Task)(passage);
        return backend;
    }

    private static async Task StoreAsync(Glass glass)
    {
        glass.Forwarder.Does = passage => new(glass.Forwarder.Share(passage));
        (await glass.GetAsync()).Dispose();
        Assert.Equal(1, glass.State.Cache!.Count);
    }

    // Boards and lands again, to learn the key.
    private static UInt128 KeyOf(CoalescePlan rule, Passage passage, Glass glass)
    {
        rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp() + (1L << 40));
        var key = passage.Flight!.Key;
        passage.Flight.Land(null);
        return key;
    }

    private static void Release(IEnumerable<TestContext> requests)
    {
        foreach (var request in requests)
        {
            request.Dispose();
        }
    }
}
