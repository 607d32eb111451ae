using SandGlass.Layers.Switch;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Switch;

public sealed class SwitchLayerTests
{
    private const string Fallbacks = "\"fallbacks\": { \"f\": { \"status\": 200, \"body\": \"less\" }, \"g\": { \"status\": 503, \"body\": \"own\" } }";

    [Theory]
    [InlineData("\"refuse\": {}", "", 503, RequestOutcome.Refused, "")]
    [InlineData("\"refuse\": { \"status\": 410, \"retryAfter\": \"1h\" }", "", 410, RequestOutcome.Refused, "")]
    [InlineData("\"refuse\": {}", "\"fallback\": \"g\"", 503, RequestOutcome.Fallback, "own")]
    [InlineData("\"fallback\": \"f\"", "", 200, RequestOutcome.Fallback, "less")]
    [InlineData("\"fallback\": \"f\"", "\"fallback\": \"g\"", 200, RequestOutcome.Fallback, "less")]
    [InlineData("\"admit\": 0", "", 503, RequestOutcome.Refused, "")]
    [InlineData("\"admit\": 1", "", 200, RequestOutcome.Served, "")]
    [InlineData("\"shedBelow\": \"critical\"", "\"criticality\": \"sheddable-plus\"", 503, RequestOutcome.Refused, "")]
    [InlineData("\"shedBelow\": \"critical\"", "\"criticality\": \"critical\"", 200, RequestOutcome.Served, "")]
    [InlineData("\"scaleRateLimits\": 2", "", 200, RequestOutcome.Served, "")]
    [InlineData("\"coalesceTtl\": \"9s\"", "\"coalesce\": { \"ttl\": \"1s\" }", 200, RequestOutcome.Served, "")]
    public async Task Does_its_one_thing_while_it_is_on_and_nothing_else(string action, string route, int status, RequestOutcome outcome, string body)
    {
        using var glass = new Glass(Policies.Switch(action, route, Fallbacks));
        using (var before = await glass.GetAsync())
        {
            Assert.Equal(200, before.Status);
        }

        glass.Throw("s");
        using (var during = await glass.GetAsync())
        {
            Assert.Equal((status, 1), (during.Status, glass.Total(outcome) - (outcome == RequestOutcome.Served ? 1 : 0)));
            if (body.Length > 0)
            {
                Assert.Equal(body, await during.BodyAsync());
            }
        }

        glass.Throw("s", on: false);
        using var after = await glass.GetAsync();
        Assert.Equal((200, outcome == RequestOutcome.Served ? 3 : 2), (after.Status, glass.Forwarder.Calls));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Admits_about_its_fraction_of_clients_and_always_the_same_ones(double fraction)
    {
        using var glass = new Glass(Policies.Switch($"\"admit\": {fraction.ToString(System.Globalization.CultureInfo.InvariantCulture)}"));
        glass.Throw("s");
        var rule = glass.Rule<SwitchPlan>();
        var admitted = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var client = $"198.{i / 65536}.{i / 256 % 256}.{i % 256}";
            using var first = new TestContext(from: client);
            using var second = new TestContext("/r/other", from: client);
            var verdict = rule.Layer.Decide(glass.Enter(first, (ulong)i), rule, i);
            Assert.Equal(verdict.Kind, rule.Layer.Decide(glass.Enter(second, 1), rule, 0).Kind);
            admitted += verdict.Admitted ? 1 : 0;
        }

        Assert.InRange(admitted / 10_000.0, fraction - 0.02, fraction + 0.02);
    }

    [Fact]
    public async Task Charges_no_quota_for_what_it_refuses()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/h\"", sections: "\"switches\": { \"s\": { \"chains\": [ \"*\" ], \"do\": { \"refuse\": {} } } }"));
        glass.Throw("s");
        (await glass.GetAsync()).Dispose();
        glass.Throw("s", on: false);
        using var request = await glass.GetAsync();

        Assert.Equal(200, request.Status);
    }

    [Fact]
    public async Task Sends_a_routes_requests_to_another_backend_and_back()
    {
        using var glass = new Glass("""
            {
              "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } }, "dr": { "destinations": { "a": "http://127.0.0.1:7011" } } },
              "routes": { "r": { "chain": "marketing", "match": { "path": "/r" } }, "q": { "chain": "marketing", "match": { "path": "/q" } } },
              "switches": { "s": { "routes": [ "r" ], "do": { "useBackend": "dr" } } }
            }
            """);
        var asked = new List<string>();
        glass.Forwarder.Does = passage =>
        {
            asked.Add($"{passage.Route.Name} {passage.Backend!.Name} {passage.Permit.Gate == passage.Backend.Gate}");
            return new(new ForwardResult(ForwardEnd.Answered, 200));
        };

        foreach (var on in new[] { false, true, false })
        {
            glass.Throw("s", on);
            (await glass.GetAsync("/r")).Dispose();
            (await glass.GetAsync("/q")).Dispose();
        }

        Assert.Equal(["r marketing True", "q marketing True", "r dr True", "q marketing True", "r marketing True", "q marketing True"], asked);
        // Each has given back what it took.
        Assert.All(glass.State.Gates.Values, static gate => Assert.Equal(0, gate.Gate.InFlight));
    }

    [Theory]
    [InlineData("enforce", 2)]
    [InlineData("shadow", 9)]
    public async Task Changes_how_long_a_route_waits_for_an_answer(string mode, int seconds)
    {
        using var glass = new Glass(Policies.Switch("\"timeout\": \"2s\"", "\"timeout\": \"9s\"", mode: mode));
        var waited = new List<double>();
        glass.Forwarder.Does = passage =>
        {
            waited.Add(passage.Timeout.TotalSeconds);
            return new(new ForwardResult(ForwardEnd.Answered, 200));
        };

        foreach (var on in new[] { false, true, false })
        {
            glass.Throw("s", on);
            (await glass.GetAsync()).Dispose();
        }

        Assert.Equal([9, seconds, 9], waited);
    }

    [Fact]
    public async Task Touches_no_route_that_it_does_not_name()
    {
        using var glass = new Glass("""
            {
              "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
              "routes": { "r": { "chain": "marketing", "match": { "path": "/r" } }, "q": { "chain": "marketing", "match": { "path": "/q" } } },
              "switches": { "s": { "routes": [ "r" ], "do": { "refuse": {} } } }
            }
            """);
        glass.Throw("s");
        using var named = await glass.GetAsync("/r");
        using var other = await glass.GetAsync("/q");

        Assert.Equal((503, 200), (named.Status, other.Status));
    }
}
