using System.Globalization;
using SandGlass.Algorithms.Breaking;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Break;

public sealed class BreakLayerTests
{
    private static readonly string Policy = Policies.With("\"breaker\": { \"minRequests\": 4, \"failureRatio\": 0.5, \"open\": \"10s\", \"slow\": \"1s\", \"slowRatio\": 0.5 }");

    // Whether such an end counts against the backend, for it, or not at all.
    [Theory]
    [InlineData(ForwardEnd.Answered, 200, BreakerPosition.Closed)]
    [InlineData(ForwardEnd.Answered, 404, BreakerPosition.Closed)]
    [InlineData(ForwardEnd.Answered, 500, BreakerPosition.Open)]
    [InlineData(ForwardEnd.Withheld, 503, BreakerPosition.Open)]
    [InlineData(ForwardEnd.Unreachable, 502, BreakerPosition.Open)]
    [InlineData(ForwardEnd.TimedOut, 504, BreakerPosition.Open)]
    [InlineData(ForwardEnd.CutOff, 200, BreakerPosition.Open)]
    [InlineData(ForwardEnd.ClientLeft, 0, BreakerPosition.Closed)]
    [InlineData(ForwardEnd.ClientFault, 413, BreakerPosition.Closed)]
    public async Task Opens_by_the_backends_failures_only(ForwardEnd end, int status, BreakerPosition expected)
    {
        using var glass = new Glass(Policy);
        glass.Forwarder.Does = _ => new(new ForwardResult(end, status));
        for (var i = 0; i < 4; i++)
        {
            (await glass.GetAsync()).Dispose();
        }

        Assert.Equal(expected, glass.State.Breakers["r"].Position(glass.Clock.GetTimestamp()));
    }

    [Fact]
    public async Task Refuses_while_open_then_probes_and_closes()
    {
        using var glass = new Glass(Policy);
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
        for (var i = 0; i < 4; i++)
        {
            (await glass.GetAsync()).Dispose();
        }

        using (var refused = await glass.GetAsync())
        {
            Assert.Equal((503, 4), (refused.Status, glass.Forwarder.Calls));
            Assert.InRange(int.Parse(refused.Header("Retry-After"), CultureInfo.InvariantCulture), 9, 11 + 7);
        }

        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Answered, 200));
        glass.Clock.Advance(TimeSpan.FromSeconds(11.1));
        for (var i = 0; i < 8; i++)
        {
            (await glass.GetAsync()).Dispose();
        }

        Assert.Equal(BreakerPosition.Closed, glass.State.Breakers["r"].Position(glass.Clock.GetTimestamp()));
        Assert.Equal(8, glass.Total(RequestOutcome.Served));
    }

    [Fact]
    public async Task Opens_when_answers_are_slow()
    {
        using var glass = new Glass(Policy);
        glass.Forwarder.Does = _ =>
        {
            glass.Clock.Advance(TimeSpan.FromSeconds(1.2));
            return new(new ForwardResult(ForwardEnd.Answered, 200));
        };
        for (var i = 0; i < 5; i++)
        {
            (await glass.GetAsync()).Dispose();
        }

        Assert.Equal((4, 1), (glass.Total(RequestOutcome.Served), glass.Total(RequestOutcome.Refused, Place.Break)));
    }

    [Fact]
    public async Task Does_not_hold_its_probe_when_the_probing_client_leaves()
    {
        using var glass = new Glass(Policy);
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
        for (var i = 0; i < 4; i++)
        {
            (await glass.GetAsync()).Dispose();
        }

        glass.Clock.Advance(TimeSpan.FromSeconds(11.1));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.ClientLeft, 0));
        (await glass.GetAsync()).Dispose();
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Answered, 200));
        using var next = await glass.GetAsync();

        Assert.Equal(200, next.Status);
    }
}
