using SandGlass.Layers.RateLimit;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.RateLimit;

/// <summary>Each way of counting, as requests meet it.</summary>
public sealed class RateAlgorithmTests
{
    [Fact]
    public async Task A_fixed_window_admits_its_count_and_again_when_it_turns()
    {
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"fixed-window\", \"rate\": \"3/m\""));

        Assert.Equal("200, 200, 200, 429", await StatusesAsync(glass, 4));
        glass.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("200, 200, 200, 429", await StatusesAsync(glass, 4));
    }

    [Fact]
    public async Task A_sliding_window_admits_as_much_as_it_no_longer_covers()
    {
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"sliding-window\", \"rate\": \"4/m\""));

        Assert.Equal("200, 200, 200, 200, 429", await StatusesAsync(glass, 5));
        glass.Clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal("200, 200, 429", await StatusesAsync(glass, 3));
    }

    [Fact]
    public async Task Concurrency_counts_what_is_under_way_and_lets_go_however_a_request_ends()
    {
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"concurrency\", \"burst\": 2"));
        foreach (var end in Enum.GetValues<ForwardEnd>())
        {
            var hung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            glass.Forwarder.Does = async _ =>
            {
                await hung.Task;
                return new(end, end == ForwardEnd.Answered ? 200 : 502);
            };
            using var one = new TestContext();
            using var two = new TestContext();
            using var three = new TestContext();
            using var other = new TestContext(from: "198.51.100.8");
            var under = new[] { glass.SendAsync(one), glass.SendAsync(two), glass.SendAsync(other) };

            await glass.SendAsync(three);

            Assert.Equal(429, three.Status);
            Assert.All(under, static u => Assert.False(u.IsCompleted));
            hung.SetResult();
            await Task.WhenAll(under);
        }
    }

    [Fact]
    public async Task Concurrency_counts_a_request_that_another_backend_answers()
    {
        using var glass = new Glass("""
            {
              "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } }, "other": { "destinations": { "a": "http://127.0.0.1:7002" } } },
              "routes": { "r": { "chain": "marketing", "match": { "path": "/r/{id}" }, "backend": "marketing", "rateLimits": [ "l" ], "fallback": "there" } },
              "fallbacks": { "there": { "backend": "other", "else": "busy" }, "busy": { "status": 503, "body": "busy" } },
              "rateLimits": { "l": { "algorithm": "concurrency", "burst": 1 } }
            }
            """);
        var hung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async passage =>
        {
            if (passage.Backend!.Name == "marketing")
            {
                return new(ForwardEnd.Unreachable, 502);
            }

            await hung.Task;
            return new(ForwardEnd.Answered, 200);
        };
        using var diverted = new TestContext();
        var sent = glass.SendAsync(diverted);
        Assert.Equal((2, 0), (glass.Forwarder.Calls, glass.State.Gates["marketing"].Gate.InFlight));

        using var second = new TestContext();
        var asked = glass.SendAsync(second);
        hung.SetResult();
        await Task.WhenAll(sent, asked);
        Assert.Equal(429, second.Status);
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Answered, 200));
        using var third = await glass.GetAsync();
        Assert.Equal(200, third.Status);
    }

    [Fact]
    public async Task A_client_at_its_own_quota_takes_no_turn_of_a_paced_limit_though_that_is_written_first()
    {
        using var glass = new Glass(Policies.With(
            "\"rateLimits\": [ \"turns\", \"mine\" ]",
            "\"rateLimits\": { \"turns\": { \"algorithm\": \"paced\", \"rate\": \"1/s\", \"maxWait\": \"5s\", \"key\": \"route\" }, \"mine\": { \"rate\": \"1/m\" } }"));
        using var first = await glass.GetAsync();
        Assert.Equal(200, first.Status);
        for (var i = 0; i < 20; i++)
        {
            using var again = await glass.GetAsync();
            Assert.Equal(429, again.Status);
        }

        using var other = new TestContext(from: "198.51.100.8");
        var sent = glass.SendAsync(other);
        glass.Clock.Advance(TimeSpan.FromSeconds(1));
        await glass.RunUntilAsync(sent, TimeSpan.FromMilliseconds(1));

        Assert.Equal(200, other.Status);
        Assert.InRange((glass.Clock.GetUtcNow() - new DateTimeOffset(2026, 11, 11, 0, 0, 0, TimeSpan.Zero)).TotalSeconds, 0.9, 1.5);
    }

    [Fact]
    public async Task Warm_up_admits_a_third_of_the_rate_at_first_and_all_of_it_in_the_end()
    {
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"warm-up\", \"rate\": \"300/s\", \"burst\": 5, \"warmUp\": \"4s\", \"key\": \"route\"", "\"breaker\": { \"mode\": \"off\" }"));
        var perSecond = new List<int>();
        for (var second = 0; second < 8; second++)
        {
            var admitted = 0;
            for (var i = 0; i < 500; i++)
            {
                glass.Clock.Advance(TimeSpan.FromMilliseconds(2));
                using var answer = await glass.GetAsync();
                admitted += answer.Status == 200 ? 1 : 0;
            }

            perSecond.Add(admitted);
        }

        Assert.InRange(perSecond[0], 90, 150);
        Assert.InRange(perSecond[^1], 290, 310);
    }

    [Fact]
    public async Task Paced_requests_wait_for_their_turn_and_who_would_wait_too_long_is_told_when_to_come()
    {
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"paced\", \"rate\": \"10/s\", \"maxWait\": \"250ms\", \"key\": \"route\""));
        var requests = Enumerable.Range(0, 4).Select(static _ => new TestContext()).ToArray();

        var sent = requests.Select(r => glass.SendAsync(r)).ToArray();

        Assert.Equal([true, false, false, true], sent.Select(static s => s.IsCompleted));
        Assert.Equal((200, 429), (requests[0].Status, requests[3].Status));
        await glass.RunUntilAsync(Task.WhenAll(sent));
        Assert.Equal((200, 200), (requests[1].Status, requests[2].Status));
        Assert.Equal(3, glass.Forwarder.Calls);
        Array.ForEach(requests, static r => r.Dispose());
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_for_its_turn_reaches_no_backend()
    {
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"paced\", \"rate\": \"1/s\", \"maxWait\": \"5s\", \"key\": \"route\""));
        using var first = await glass.GetAsync();
        using var second = new TestContext();
        var sent = glass.SendAsync(second);

        second.Leave();
        await sent;

        Assert.Equal(1, glass.Forwarder.Calls);
        Assert.Equal(1, glass.Total(RequestOutcome.Aborted));
    }

    [Fact]
    public async Task Tells_the_tightest_limit_though_another_refused_first()
    {
        using var glass = new Glass(Policies.With("\"rateLimits\": [ \"a\", \"b\" ]", """
            "rateLimits": { "a": { "rate": "1/s", "burst": 1 }, "b": { "rate": "1/m", "burst": 1 } }
            """));
        using var first = await glass.GetAsync();

        using var refused = await glass.GetAsync();

        Assert.Equal(429, refused.Status);
        Assert.Equal("\"b\";r=0;t=60", refused.Header("RateLimit"));
        Assert.True(int.Parse(refused.Header("Retry-After"), System.Globalization.CultureInfo.InvariantCulture) >= 60);
    }

    [Fact]
    public async Task Begins_anew_when_a_reload_changes_the_algorithm_and_keeps_what_it_knows_when_only_the_rate_changes()
    {
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"fixed-window\", \"rate\": \"2/h\""));
        await StatusesAsync(glass, 2);

        glass.Apply(Policies.Limit("\"algorithm\": \"fixed-window\", \"rate\": \"3/h\""));
        Assert.Equal("200, 429", await StatusesAsync(glass, 2));
        glass.Apply(Policies.Limit("\"rate\": \"3/h\", \"burst\": 3"));
        Assert.Equal("200, 200, 200, 429", await StatusesAsync(glass, 4));
    }

    [Fact]
    public async Task A_switch_halves_windows_and_concurrency_too()
    {
        const string Half = "\"switches\": { \"s\": { \"routes\": [ \"r\" ], \"do\": { \"scaleRateLimits\": 0.5 } } }";
        using var glass = new Glass(Policies.Limit("\"algorithm\": \"fixed-window\", \"rate\": \"4/h\"", sections: Half));
        glass.Throw("s");

        Assert.Equal("200, 200, 429", await StatusesAsync(glass, 3));
    }

    [Theory]
    [InlineData("token-bucket", "\"rate\": \"100000/s\", \"burst\": 1000000")]
    [InlineData("sliding-window", "\"rate\": \"1000000/m\"")]
    [InlineData("fixed-window", "\"rate\": \"1000000/m\"")]
    [InlineData("concurrency", "\"burst\": 1000000")]
    [InlineData("warm-up", "\"rate\": \"100000/s\", \"burst\": 1000000")]
    [InlineData("paced", "\"rate\": \"100000/s\", \"maxWait\": \"1m\"")]
    public void Allocates_nothing_when_it_admits(string algorithm, string limit)
    {
        using var glass = new Glass(Policies.Limit($"\"algorithm\": \"{algorithm}\", {limit}"));
        using var request = new TestContext();
        var passage = glass.Enter(request);
        var rule = glass.Rule<RateLimitPlan>();
        var ending = new Ending(RequestOutcome.Served, Place.Forward) { Permit = Algorithms.Outcome.Success };

        Assert.Equal(0, Allocated.Per(() =>
        {
            Assert.False(rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp()).Refused);
            rule.Layer.Release(passage, rule, ending, glass.Clock.GetTimestamp());
        }));
    }

    private static async Task<string> StatusesAsync(Glass glass, int count)
    {
        var statuses = new int[count];
        for (var i = 0; i < count; i++)
        {
            using var answer = await glass.GetAsync();
            statuses[i] = answer.Status;
        }

        return string.Join(", ", statuses);
    }
}
