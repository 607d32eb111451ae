using System.Globalization;
using SandGlass.Layers.Coalesce;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Coalesce;

/// <summary>
/// Expiry, failure, cancellation, renewal ahead, a backend that falls ill and recovers, and reload at once: whatever happens, nobody waits for
/// ever, nothing older than allowed is given, nothing to another user, and memory stays within its bound.
/// </summary>
public sealed class CoalesceStormTests
{
    private const double Fresh = 0.05, Stale = 0.1, Error = 0.2;
    private const long MostBytes = 1 << 20;

    // Of wide keys: as large as an answer may be that is kept in so small a cache.
    private static readonly string Wide = new('x', 60_000);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(2026)]
    public async Task Loses_nobody_gives_nothing_too_old_and_mixes_up_no_two(int seed)
    {
        var random = new Random(seed);
        using var glass = new Glass(Policy(1), seed: seed);
        var dice = new Random(seed + 1);
        glass.Forwarder.Does = async passage =>
        {
            int kind, ms;
            lock (dice)
            {
                (kind, ms) = (dice.Next(10), dice.Next(80));
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(ms), glass.Clock, passage.Http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                return new(ForwardEnd.ClientLeft, 0);
            }

            switch (kind)
            {
                case 0:
                    return new(ForwardEnd.Unreachable, 502);
                case 1 when passage is { Leads: true, Flight: { } flight }:
                    Keeping.Refuse(flight, glass.Clock.GetTimestamp());
                    return new(ForwardEnd.Answered, 200);
                case 2:
                    throw new InvalidOperationException("forwarder");
                default:
                    return glass.Forwarder.Share(
                        passage,
                        made => string.Create(CultureInfo.InvariantCulture, $"{passage.Target} {made} {(passage.Target.Contains('w', StringComparison.Ordinal) ? Wide : "")}"),
                        Fresh);
            }
        };

        var sent = new List<Task>();
        var open = new List<TestContext>();
        for (var i = 0; i < 1500; i++)
        {
            var personal = random.Next(8) == 0;
            var target = random.Next(5) == 0 ? "/r/w" + random.Next(40) : "/r/" + random.Next(6);
            var request = new TestContext(target, "GET", "198.51.100.7", !personal ? [] : random.Next(2) == 0 ? [("Cookie", "user=" + i)] : [("Authorization", "Bearer " + i)]);
            open.Add(request);
            sent.Add(CheckAsync(glass, request, personal));
            switch (random.Next(20))
            {
                case 0:
                    glass.Apply(Policy(random.Next(1, 4)));
                    break;
                case 1:
                    request.Leave();
                    break;
                case 2:
                    var ill = random.Next(2) == 0;
                    for (var n = 0; n < 8; n++)
                    {
                        glass.State.Backend("marketing").Recent.Report(ill, glass.Clock.GetTimestamp(), glass.Clock.TimestampFrequency);
                    }

                    break;
                case < 12:
                    glass.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(12)));
                    await Task.Yield();
                    break;
            }

            Assert.InRange(glass.State.Cache!.Bytes, 0, MostBytes);
        }

        await glass.RunUntilAsync(Task.WhenAll(sent));
        await glass.RunUntilAsync(LayerContractTests.Until(() => glass.State.Cache!.UnderWay == 0));
        // A renewal that was too slow is off the board, and still at the backend: time must go on for it.
        await glass.RunUntilAsync(LayerContractTests.Until(() => glass.State.Gates.Values.All(static g => g.Gate.InFlight == 0)));

        Assert.Equal(1500, glass.Total());
        Assert.InRange(glass.State.Cache!.Bytes, 1, MostBytes);
        Assert.True(glass.State.Coalescing["r"].Refresh.Sum() > 0);
        Assert.All([RequestOutcome.Hit, RequestOutcome.Stale, RequestOutcome.Served], o => Assert.True(glass.Total(o) > 0, o.Word()));
        LayerContractTests.AssertNothingHeld(glass);
        open.ForEach(static request => request.Dispose());
    }

    private static string Policy(int waitTenths) => Policies.With(
        $"\"coalesce\": {{ \"ttl\": \"1s\", \"staleWhileRevalidate\": \"100ms\", \"staleIfError\": \"200ms\", \"maxWait\": \"{waitTenths}00ms\", \"leaderAge\": \"40ms\" }}, \"hotKeys\": {{ \"key\": \"path\", \"promoteAt\": 10, \"share\": 0 }}",
        "\"cache\": { \"maxBytes\": \"1MB\" }");

    private static async Task CheckAsync(Glass glass, TestContext request, bool personal)
    {
        var target = request.Http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        var asked = glass.Clock.GetTimestamp();
        await glass.SendAsync(request);
        if (await request.BodyAsync() is not { Length: > 0 } body || request.Status != 200 || request.Header("Proxy-Status").Length > 0)
        {
            return;
        }

        Assert.False(personal, "what is kept went to a request with cookies or credentials");
        var parts = body.Split(' ');
        Assert.Equal(target, parts[0]);
        // At the moment it was asked: what is given was good then.
        var age = (asked - long.Parse(parts[1], CultureInfo.InvariantCulture)) / (double)glass.Clock.TimestampFrequency;
        Assert.InRange(age, double.MinValue, Fresh + Math.Max(Stale, Error) + 0.001);
    }
}
