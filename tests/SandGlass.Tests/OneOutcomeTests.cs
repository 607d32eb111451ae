using SandGlass.Layers.Coalesce;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests;

/// <summary>Every request ends in exactly one outcome, and nothing it took stays taken.</summary>
public sealed class OneOutcomeTests
{
    private static string Policy(int rate, int limit, string mode) => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }, "concurrency": { "initial": {{limit}}, "min": 1, "max": {{limit}} } } },
          "routes": {
            "r": { "chain": "marketing", "match": { "path": "/r/{id}" }, "rateLimits": [ "l" ], "fallback": "f",
                   "coalesce": { "ttl": "40ms", "staleWhileRevalidate": "1s", "staleIfError": "1s", "maxWait": "60ms", "mode": "{{mode}}" },
                   "breaker": { "minRequests": 10, "open": "100ms", "window": "1s" } },
            "q": { "chain": "marketing", "match": { "path": "/q/{id}" }, "breaker": { "minRequests": 10, "open": "100ms", "window": "1s" } },
            "a": { "chain": "marketing", "match": { "path": "/a" }, "answer": "big" }
          },
          "rateLimits": { "l": { "rate": "{{rate}}/s", "burst": {{rate}} } },
          "shedding": { "maxWait": "20ms" },
          "fallbacks": { "f": { "lastGood": "1s", "else": "g" }, "g": { "json": { "code": "busy" } }, "big": { "status": 200, "body": "{{new string('x', 20_000)}}" } },
          "switches": { "s": { "chains": [ "*" ], "do": { "admit": 0.5 } }, "t": { "routes": [ "r" ], "do": { "fallback": "g" } } }
        }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    [InlineData(2026)]
    public async Task Two_thousand_random_requests_end_once_each_and_hold_nothing(int seed)
    {
        const int Requests = 2_000;
        var random = new Random(seed);
        using var glass = new Glass(Policy(1000, 4, "enforce"), seed: seed);
        var dice = new Random(seed + 1);
        glass.Forwarder.Does = async passage =>
        {
            int end, kind, ms;
            lock (dice)
            {
                (end, kind, ms) = (dice.Next(7), dice.Next(10), dice.Next(60));
            }

            if (kind < 5)
            {
                try
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(ms), glass.Clock, passage.Http.RequestAborted);
                }
                catch (OperationCanceledException)
                {
                    return new(ForwardEnd.ClientLeft, 0);
                }

                if (kind < 3)
                {
                    return glass.Forwarder.Share(passage, freshSeconds: 0.04);
                }
            }

            return kind switch
            {
                9 => throw new InvalidOperationException("forwarder"),
                6 or 7 => glass.Forwarder.Share(passage, freshSeconds: 0.04),
                8 when passage is { Leads: true, Flight: { } flight } => Unshareable(glass, flight),
                _ => new((ForwardEnd)end, end == (int)ForwardEnd.ClientFault ? 413 : end % 2 == 0 ? 200 : 502),
            };
        };

        var sent = new List<Task>(Requests);
        var open = new List<TestContext>(Requests);
        for (var i = 0; i < Requests; i++)
        {
            string[] targets = ["/r/1", "/r/1", "/r/" + random.Next(20), "/q/" + random.Next(3), "/a", "/none", "/r/a;b"];
            var request = new TestContext(targets[random.Next(targets.Length)], random.Next(5) == 0 ? "POST" : "GET", "198.51.100." + random.Next(5));
            open.Add(request);
            if (random.Next(20) == 0)
            {
                request.Leave();
            }

            sent.Add(glass.SendAsync(request));
            switch (random.Next(12))
            {
                case 0:
                    glass.Apply(Policy(random.Next(1, 2000), random.Next(1, 9), random.Next(4) == 0 ? "shadow" : "enforce"));
                    break;
                case 1:
                    glass.Throw(random.Next(2) == 0 ? "s" : "t", random.Next(3) == 0);
                    break;
                case 2:
                    open[random.Next(open.Count)].Leave();
                    break;
                case < 8:
                    glass.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(15)));
                    await Task.Yield();
                    break;
            }
        }

        await glass.RunUntilAsync(Task.WhenAll(sent.Select(static s => s.ContinueWith(static _ => { }, TaskScheduler.Default))));
        // What is renewed behind a stale answer's back ends a moment later,
        var renewed = LayerContractTests.Until(() => glass.State.Cache!.UnderWay == 0);
        await glass.RunUntilAsync(renewed);
        // and places given up in shadow are given back.
        await LayerContractTests.Until(() => glass.State.Gates.Values.All(static g => g.Gate.InFlight == 0));

        Assert.Equal(Requests, glass.Total());
        LayerContractTests.AssertNothingHeld(glass);
        // Who collapses on a busy machine comes late, and hits: the two are one here.
        Assert.All(
            RequestOutcomes.All.Where(static o => o != RequestOutcome.Collapsed),
            outcome => Assert.True(glass.Total(outcome) > 0, outcome.Word()));
        Assert.All(sent, static s => Assert.True(s.IsCompletedSuccessfully || s.Exception?.InnerException is OperationCanceledException));
    }

    private static ForwardResult Unshareable(Glass glass, Flight flight)
    {
        flight.Land(StoredAnswer.Unshareable(glass.Clock.GetTimestamp(), glass.Clock.TimestampFrequency / 50));
        return new(ForwardEnd.Answered, 200);
    }
}
