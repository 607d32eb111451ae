using SandGlass.Algorithms;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Shed;

public sealed class BackendGateTests
{
    private static string Policy(string mode) => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } } },
          "routes": { "r": { "chain": "marketing", "match": { "path": "/r/{id}" } } },
          "shedding": { {{mode}} }
        }
        """;

    [Theory]
    [InlineData("\"mode\": \"enforce\"", true, false, 1, 0)]
    [InlineData("\"mode\": \"enforce\", \"enforcePercent\": 0", true, true, 1, 1)]
    [InlineData("\"mode\": \"shadow\"", true, true, 1, 1)]
    [InlineData("\"mode\": \"off\"", true, true, 0, 0)]
    public void Lets_in_beside_the_queue_as_the_policy_has_it(string mode, bool first, bool second, int inFlight, int shadowed)
    {
        using var glass = new Glass(Policy(mode));
        using var request = new TestContext();
        var passage = glass.Enter(request);
        var (gate, now) = (glass.Route.Backend!.Gate, glass.Clock.GetTimestamp());

        Assert.Equal((first, second), (gate.TryPass(passage, now, out var one), gate.TryPass(passage, now, out var two)));

        Assert.Equal((inFlight, shadowed), (gate.State.Gate.InFlight, glass.Shadowed(Place.Shed)));
        one.GiveBack(Outcome.Success, now, 0);
        two.GiveBack(Outcome.Success, now, 0);
        Assert.Equal(0, gate.State.Gate.InFlight);
    }

    [Fact]
    public async Task Lets_nobody_in_beside_the_queue_while_somebody_waits()
    {
        using var glass = new Glass(Policy("\"maxWait\": \"5s\""));
        var backend = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        glass.Forwarder.Does = async _ =>
        {
            await backend.Task;
            return new(ForwardEnd.Answered, 200);
        };
        var sent = new[] { glass.GetAsync(), glass.GetAsync() };
        using var request = new TestContext();
        var passage = glass.Enter(request);
        // Room for one more, which is for him who waits.
        glass.Apply(Policy("\"maxWait\": \"5s\"").Replace("\"initial\": 1, \"min\": 1, \"max\": 1", "\"initial\": 9, \"min\": 9, \"max\": 9", StringComparison.Ordinal));
        var gate = glass.Route.Backend!.Gate;
        Assert.Equal((1, 1), (gate.State.Gate.InFlight, gate.State.Gate.Queued));

        Assert.False(gate.TryPass(passage, glass.Clock.GetTimestamp(), out _));

        backend.SetResult();
        await glass.RunUntilAsync(Task.WhenAll(sent));
        LayerContractTests.AssertNothingHeld(glass);
    }
}
