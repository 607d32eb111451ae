using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Shed;

public sealed class ShedLayerTests
{
    private static string Policy(int limit, string maxWait, string mode = "enforce") => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "concurrency": { "initial": {{limit}}, "min": 1, "max": {{limit}} } } },
          "routes": {
            "low": { "chain": "marketing", "criticality": "sheddable", "match": { "path": "/low" } },
            "high": { "chain": "marketing", "criticality": "critical-plus", "match": { "path": "/high" } }
          },
          "shedding": { "maxWait": "{{maxWait}}", "mode": "{{mode}}" }
        }
        """;

    [Fact]
    public async Task Lets_as_many_through_as_the_backend_bears_and_turns_the_rest_away_in_time()
    {
        using var glass = new Glass(Policy(3, "50ms"));
        var backend = Hang(glass);
        var sent = Enumerable.Range(0, 20).Select(_ => glass.GetAsync("/low")).ToArray();

        // Three at the backend, eight in the queue, nine with no room to wait.
        Assert.Equal((3, 8, 9), (glass.State.Gates["marketing"].Gate.InFlight, glass.State.Gates["marketing"].Gate.Queued, sent.Count(static s => s.IsCompleted)));
        await glass.RunUntilAsync(Task.WhenAll(sent.Skip(3)));
        Assert.Equal(17, glass.Total(RequestOutcome.Refused, Place.Shed));
        Assert.All(sent.Skip(3), static s => Assert.Equal(503, s.Result.Status));
        Assert.All(sent.Skip(3), static s => Assert.NotEqual("", s.Result.Header("Retry-After")));

        backend.SetResult();
        await Task.WhenAll(sent);
        LayerContractTests.AssertNothingHeld(glass);
        Assert.Equal(0, glass.Clock.Waiting);
    }

    [Fact]
    public async Task Serves_the_most_critical_of_those_who_wait_first()
    {
        using var glass = new Glass(Policy(1, "5s"));
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var steps = new SemaphoreSlim(0);
        glass.Forwarder.Does = async passage =>
        {
            order.Enqueue(passage.Target);
            await steps.WaitAsync();
            return new(ForwardEnd.Answered, 200);
        };
        var sent = new[] { "/low", "/low", "/high", "/low", "/high" }.Select(t => glass.GetAsync(t)).ToArray();
        for (var i = 1; i <= 5; i++)
        {
            await LayerContractTests.Until(() => order.Count == i);
            steps.Release();
        }

        await Task.WhenAll(sent);
        Assert.Equal(["/low", "/high", "/high", "/low", "/low"], order);
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Gives_up_the_place_of_a_client_that_leaves()
    {
        using var glass = new Glass(Policy(1, "5s"));
        var backend = Hang(glass);
        var first = glass.GetAsync("/low");
        using var waiting = new TestContext("/high");
        var left = glass.SendAsync(waiting);
        Assert.Equal(1, glass.State.Gates["marketing"].Gate.Queued);

        waiting.Leave();
        await left;

        Assert.Equal((1, 0), (glass.Total(RequestOutcome.Aborted, Place.Shed), glass.State.Gates["marketing"].Gate.Queued));
        backend.SetResult();
        await first;
        Assert.Equal(1, glass.Forwarder.Calls);
        LayerContractTests.AssertNothingHeld(glass);
    }

    [Fact]
    public async Task Holds_nobody_in_shadow_but_counts()
    {
        using var glass = new Glass(Policy(1, "50ms", "shadow"));
        var backend = Hang(glass);
        var sent = Enumerable.Range(0, 20).Select(_ => glass.GetAsync("/low")).ToArray();

        Assert.Equal((20, 19), (glass.Forwarder.Calls, glass.Shadowed(Place.Shed)));
        backend.SetResult();
        await Task.WhenAll(sent);
        await LayerContractTests.Until(() => glass.State.Gates["marketing"].Gate.InFlight == 0);
        Assert.Equal(20, glass.Total(RequestOutcome.Served));
    }

    [Fact]
    public async Task Takes_a_wider_limit_at_the_next_request_after_a_reload()
    {
        using var glass = new Glass(Policy(1, "0s"));
        var backend = Hang(glass);
        var first = glass.GetAsync("/low");
        using (var refused = await glass.GetAsync("/low"))
        {
            Assert.Equal(503, refused.Status);
        }

        glass.Apply(Policy(2, "0s"));
        var second = glass.GetAsync("/low");
        Assert.Equal(2, glass.Forwarder.Calls);
        backend.SetResult();
        await Task.WhenAll(first, second);
        LayerContractTests.AssertNothingHeld(glass);
    }

    private static TaskCompletionSource Hang(Glass glass)
    {
        var backend = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async _ =>
        {
            await backend.Task;
            return new(ForwardEnd.Answered, 200);
        };
        return backend;
    }
}
