using SandGlass.Algorithms.Rates;
using SandGlass.Layers.Coalesce;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Coalesce;

/// <summary>Who leads, who waits, and who is let go.</summary>
public sealed class CoalesceRulesTests
{
    private const string Rules = "\"coalesce\": { \"ttl\": \"1s\", \"staleWhileRevalidate\": \"5s\", \"maxWait\": \"9s\", \"leaderAge\": \"2s\" }";

    [Fact]
    public async Task Goes_on_with_a_fetch_whose_client_has_left()
    {
        using var glass = new Glass(Policies.With(Rules));
        var backend = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = false;
        glass.Forwarder.Does = async passage =>
        {
            await backend.Task;
            cancelled = passage.Http.RequestAborted.IsCancellationRequested;
            return glass.Forwarder.Share(passage);
        };
        using var leader = new TestContext();
        var led = glass.SendAsync(leader);
        var follower = glass.GetAsync();
        leader.Leave();
        backend.SetResult();
        await led;
        using var answer = await follower;

        Assert.Equal((false, 1, 200), (cancelled, glass.Forwarder.Calls, answer.Status));
        Assert.Equal((1, 1), (glass.Total(RequestOutcome.Aborted), glass.Total(RequestOutcome.Collapsed)));
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Gives_up_a_fetch_that_nobody_wants()
    {
        using var glass = new Glass(Policies.With(Rules.Replace("\"ttl\": \"1s\"", "\"ttl\": \"0s\"", StringComparison.Ordinal)));
        glass.Forwarder.Does = static async passage =>
        {
            var gone = new TaskCompletionSource();
            await using (passage.Http.RequestAborted.Register(gone.SetResult))
            {
                await gone.Task;
            }

            return new(ForwardEnd.ClientLeft, 0);
        };
        using var leader = new TestContext();
        var led = glass.SendAsync(leader);
        leader.Leave();
        await led;

        Assert.Equal(1, glass.Total(RequestOutcome.Aborted));
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Makes_room_for_another_leader_and_serves_who_waits_for_the_old_one()
    {
        using var glass = new Glass(Policies.With(Rules));
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async passage =>
        {
            if (glass.Forwarder.Calls == 1)
            {
                await slow.Task;
            }

            return glass.Forwarder.Share(passage);
        };
        var first = glass.GetAsync();
        var waiting = glass.GetAsync();
        glass.Clock.Advance(TimeSpan.FromSeconds(2.1));
        using var second = await glass.GetAsync();
        using var served = await waiting;

        Assert.Equal((2, 200, 200), (glass.Forwarder.Calls, second.Status, served.Status));
        Assert.Equal(1, glass.Total(RequestOutcome.Collapsed));
        slow.SetResult();
        (await first).Dispose();
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Gives_a_stale_answer_at_once_and_renews_it_once()
    {
        using var glass = new Glass(Policies.With(Rules));
        glass.Forwarder.Does = passage => new(glass.Forwarder.Share(passage));
        (await glass.GetAsync()).Dispose();
        glass.Clock.Advance(TimeSpan.FromSeconds(2));
        var renewed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async passage =>
        {
            await renewed.Task;
            return glass.Forwarder.Share(passage, "new");
        };

        for (var i = 0; i < 5; i++)
        {
            using var stale = await glass.GetAsync();
            Assert.Equal(("shared", "sandglass; hit; ttl=-1"), (await stale.BodyAsync(), stale.Header("Cache-Status")));
        }

        await LayerContractTests.Until(() => glass.Forwarder.Calls == 2);
        renewed.SetResult();
        await LayerContractTests.Until(() => glass.State.Cache!.UnderWay == 0);
        using var fresh = await glass.GetAsync();

        Assert.Equal(("new", 2), (await fresh.BodyAsync(), glass.Forwarder.Calls));
        Assert.Equal((5, 7, 1), (glass.Total(RequestOutcome.Stale), glass.Total(), glass.State.Coalescing["r"].Refresh.Sum()));
    }

    [Fact]
    public async Task Renews_where_and_for_as_long_as_the_request_would_have_asked()
    {
        using var glass = new Glass("""
            {
              "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } }, "dr": { "destinations": { "a": "http://127.0.0.1:7011" } } },
              "routes": { "r": { "chain": "marketing", "match": { "path": "/r/{id}" }, "timeout": "3s", "coalesce": { "ttl": "1s", "staleWhileRevalidate": "5s" } } },
              "switches": { "s": { "routes": [ "r" ], "do": { "useBackend": "dr" } } }
            }
            """);
        var asked = new System.Collections.Concurrent.ConcurrentQueue<string>();
        glass.Forwarder.Does = passage =>
        {
            asked.Enqueue($"{passage.Backend!.Name} {passage.Timeout.TotalSeconds} {passage.Permit.Gate == passage.Backend.Gate}");
            return new(glass.Forwarder.Share(passage));
        };
        (await glass.GetAsync()).Dispose();
        glass.Throw("s");
        glass.Clock.Advance(TimeSpan.FromSeconds(2));
        (await glass.GetAsync()).Dispose();
        await LayerContractTests.Until(() => glass.State.Cache!.UnderWay == 0 && asked.Count == 2);

        Assert.Equal(["marketing 3 True", "dr 3 True"], asked);
    }

    [Fact]
    public async Task Lets_clients_ask_for_the_backend_within_a_budget()
    {
        using var glass = new Glass(Policies.With(Rules.Replace("\"ttl\": \"1s\"", "\"ttl\": \"1h\"", StringComparison.Ordinal)));
        glass.Forwarder.Does = passage => new(glass.Forwarder.Share(passage, freshSeconds: 3600));
        for (var i = 0; i < 200; i++)
        {
            (await glass.GetAsync(headers: ("Cache-Control", "no-cache"))).Dispose();
        }

        Assert.Equal((RetryBudget.Most, 200 - RetryBudget.Most), (glass.Forwarder.Calls, glass.Total(RequestOutcome.Hit)));
    }

    [Theory]
    [InlineData("max-age=5", true)]
    [InlineData("max-age=1", false)]
    [InlineData("min-fresh=5", true)]
    [InlineData("min-fresh=9", false)]
    [InlineData("no-store", false)]
    [InlineData("only-if-cached", true)]
    public async Task Does_what_a_client_asks(string control, bool hit)
    {
        using var glass = new Glass(Policies.With(Rules));
        glass.Forwarder.Does = passage => new(glass.Forwarder.Share(passage, freshSeconds: 10));
        (await glass.GetAsync()).Dispose();
        glass.Clock.Advance(TimeSpan.FromSeconds(2));
        (await glass.GetAsync(headers: ("Cache-Control", control))).Dispose();

        Assert.Equal(hit ? 1 : 0, glass.Total(RequestOutcome.Hit));
    }

    [Fact]
    public async Task Answers_504_where_only_what_is_kept_is_wanted_and_nothing_is()
    {
        using var glass = new Glass(Policies.With(Rules));

        using var answer = await glass.GetAsync(headers: ("Cache-Control", "only-if-cached"));

        Assert.Equal((504, 0, 1), (answer.Status, glass.Forwarder.Calls, glass.Total(RequestOutcome.Refused, Place.Coalesce)));
    }

    [Fact]
    public void Does_not_let_what_was_asked_before_a_change_answer_who_comes_after_it()
    {
        using var glass = new Glass(Policies.With(Rules));
        var (plan, cache) = (glass.Rule<CoalescePlan>(), glass.State.Cache!);
        var mark = cache.MarkOf("shop.example", "/r/1");
        var old = cache.Board(new Flight(plan, 7, 100) { Mark = mark }, long.MaxValue, out _);
        cache.Keep(8, new StoredAnswer { Status = 200, Headers = [], Body = [], StoredAt = 120, RequestedAt = 100, Lifetime = 1000, Mark = mark });
        Assert.True(cache.TryGet(8, out _));

        cache.Invalidate(mark, 150);

        Assert.False(cache.TryGet(8, out _));
        Assert.NotSame(old, cache.Board(new Flight(plan, 7, 160) { Mark = mark }, long.MaxValue, out var leads));
        Assert.True(leads);
    }

    [Fact]
    public void Keeps_a_bounded_number_of_variants()
    {
        var cache = new MicroCache(1 << 20);
        for (var i = 1; i <= 100; i++)
        {
            cache.Keep(1, (UInt128)(1000 + i), ["accept-language"], new StoredAnswer { Status = 200, Headers = [], Body = [], StoredAt = i, RequestedAt = i, Lifetime = 10 });
        }

        Assert.Equal(Variants.Most + 1, cache.Count);
    }
}
