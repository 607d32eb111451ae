using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Request;

public sealed class ExplainerTests
{
    private const string Shop = """
        {
          "edge": { "trustedProxies": [ "10.0.0.0/8" ] },
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } }, "transaction": { "destinations": { "a": "http://127.0.0.1:7002" } } },
          "routes": {
            "product": { "chain": "marketing", "match": { "path": "/api/products/{sku}", "methods": [ "GET" ] }, "timeout": "800ms", "rateLimits": [ "per-client" ], "coalesce": { "ttl": "1s" }, "fallback": "busy" },
            "reviews": { "chain": "marketing", "match": { "path": "/api/products/{sku}/reviews" } },
            "products-any": { "chain": "marketing", "match": { "path": "/api/products/{**rest}" } },
            "vip": { "chain": "marketing", "match": { "path": "/api/products/{sku}", "methods": [ "GET" ], "hosts": [ "vip.example" ] } },
            "write": { "chain": "marketing", "match": { "path": "/api/products/{sku}", "methods": [ "POST" ] } },
            "order": { "chain": "transaction", "match": { "path": "/api/orders" }, "timeout": "3s" },
            "internal": { "chain": "after-sale", "match": { "path": "/internal/{**rest}" }, "answer": "not-here" }
          },
          "rateLimits": { "per-client": { "rate": "50/s", "burst": 2 } },
          "fallbacks": { "busy": { "status": 503, "body": "busy" }, "not-here": { "status": 404, "body": "no" } },
          "switches": { "off": { "routes": [ "product" ], "do": { "refuse": {} } } }
        }
        """;

    [Fact]
    public void Names_the_route_its_parameters_and_why_the_others_do_not_take_it()
    {
        using var glass = new Glass(Shop);

        var told = Explain(glass, "GET", "/api/products//sku-1?x=1");

        Assert.Equal("/api/products/sku-1", told.Path);
        Assert.Equal(("product", "marketing", "800ms", "/api/products/{sku}"), (told.Route!.Name, told.Route.Chain, told.Route.Timeout, told.Route.Pattern));
        Assert.Equal("sku-1", told.Route.Parameters["sku"]);
        Assert.Equal(
            [
                ("products-any", "product is more specific: /api/products/{sku} before /api/products/{**rest}"),
                ("write", "it takes POST only"),
                ("vip", "its hosts are vip.example"),
                ("reviews", "its path is /api/products/{sku}/reviews"),
                ("order", "its path is /api/orders"),
                ("internal", "its path is /internal/{**rest}"),
            ],
            told.Others.Select(static o => (o.Route, o.Why)));
        Assert.Equal(("forward", "asks backend marketing (a)"), (told.End.Outcome, told.End.Text));
    }

    [Theory]
    [InlineData("203.0.113.9", "X-Forwarded-For", "198.51.100.1", "203.0.113.9", "203.0.113.9", false, "the TCP peer is no trusted proxy, so it is the client")]
    [InlineData("10.1.2.3", "X-Forwarded-For", "198.51.100.1, 10.9.9.9", "198.51.100.1", "198.51.100.1", true, "a trusted proxy speaks, and X-Forwarded-For names the client: the first untrusted address from the right")]
    [InlineData("10.1.2.3", "X-Forwarded-For", "2001:db8:1:2:3::4", "2001:db8:1:2:3::4", "2001:db8:1:2::/64", true, "a trusted proxy speaks, and X-Forwarded-For names the client: the first untrusted address from the right")]
    [InlineData("10.1.2.3", "X-Real-IP", "198.51.100.1", "10.1.2.3", "10.1.2.3", true, "a trusted proxy speaks, but names no client in X-Forwarded-For, so it is the client")]
    public void Tells_the_peer_the_client_and_how_it_was_found(string peer, string header, string value, string client, string key, bool trusted, string how)
    {
        using var glass = new Glass(Shop);

        var told = Explain(glass, "GET", "/api/orders", peer, (header, value)).Client;

        Assert.Equal((peer, client, key, trusted, how), (told.Peer, told.Address, told.Key, told.Trusted, told.How));
        Assert.Equal([header], told.Dropped);
    }

    [Fact]
    public void Tells_what_each_layer_would_decide_with_its_numbers()
    {
        using var glass = new Glass(Shop);

        var told = Explain(glass, "GET", "/api/products/sku-1");

        Assert.Equal(
            ["trust/edge admit", "fallback/busy admit", "switch/off admit", "rate-limit/per-client admit", "coalesce/product admit", "shed/marketing admit", "break/product admit"],
            told.Steps.Select(static s => $"{s.Layer}/{s.Rule} {s.Verdict}"));
        var limit = told.Steps.Single(static s => s.Layer == "rate-limit");
        Assert.Equal((2, 2), (limit.Numbers["left"], limit.Numbers["burst"]));
        Assert.Equal("2 of 2 left, token-bucket 50/s, by client, costs 1", limit.Text);
        Assert.Equal((0, 20), (told.Steps[5].Numbers["inFlight"], told.Steps[5].Numbers["limit"]));
        Assert.Equal("closed", told.Steps[6].Text);
    }

    [Fact]
    public async Task Foretells_a_refusal_and_when_to_come_back_and_charges_nobody()
    {
        using var glass = new Glass(Shop);
        using var one = await glass.GetAsync("/api/products/a?1", "198.51.100.7");
        using var two = await glass.GetAsync("/api/products/a?2", "198.51.100.7");

        for (var i = 0; i < 10; i++)
        {
            var told = Explain(glass, "GET", "/api/products/a?3", "198.51.100.7");
            Assert.Equal(("refused", "rate-limit", 429, "refused by rate-limit/per-client: quota-exceeded; come back in 1 s"), (told.End.Outcome, told.End.Layer, told.End.Status, told.End.Text));
            Assert.Equal(told.Steps.Where(static s => !s.Reached).Select(static s => s.Layer), ["coalesce", "shed", "break"]);
            Assert.Equal("forward", Explain(glass, "GET", "/api/products/a?3", "198.51.100.8").End.Outcome);
        }

        glass.Clock.Advance(TimeSpan.FromSeconds(1));
        using var three = await glass.GetAsync("/api/products/a?3", "198.51.100.7");
        Assert.Equal(200, three.Status);
        Assert.Equal(3, glass.Total());
    }

    [Fact]
    public void Foretells_the_degraded_answer_that_stands_in()
    {
        using var glass = new Glass(Shop);
        glass.Throw("off");

        var told = Explain(glass, "GET", "/api/products/a");

        Assert.Equal(("fallback", "switch", 503, "busy stands in for switch/off: switched-off"), (told.End.Outcome, told.End.Layer, told.End.Status, told.End.Text));
        Assert.Equal("on: switched-off", told.Steps.Single(static s => s.Layer == "switch").Text);
    }

    [Fact]
    public void Foretells_a_fixed_answer_and_names_layers_that_have_nothing_to_say()
    {
        using var glass = new Glass(Shop);

        var told = Explain(glass, "GET", "/internal/x/y");

        Assert.Equal(("served", 404, "answered with not-here, without a backend"), (told.End.Outcome, told.End.Status, told.End.Text));
        Assert.Equal("x/y", told.Route!.Parameters["rest"]);
        Assert.All(told.Steps.Skip(1), static s => Assert.Equal("none", s.Verdict));
    }

    [Fact]
    public void Foretells_that_nothing_takes_it_or_that_trust_refuses_it()
    {
        using var glass = new Glass(Shop);

        var unknown = Explain(glass, "GET", "/nothing");
        var malformed = Explain(glass, "GET", "/api/a%2Fb");

        Assert.Equal((404, "no route takes it"), (unknown.End.Status, unknown.End.Text));
        Assert.Null(unknown.Route);
        Assert.Equal((400, "refused by trust/path-encoded-delimiter: path-encoded-delimiter"), (malformed.End.Status, malformed.End.Text));
    }

    [Fact]
    public async Task Says_would_where_a_rule_is_in_shadow()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/s\", \"mode\": \"shadow\""));
        using var first = await glass.GetAsync();

        var told = Explain(glass, "GET", "/r/1", "198.51.100.7");

        var limit = told.Steps.Single(static s => s.Layer == "rate-limit");
        Assert.Equal(("refuse", true, false, "shadow"), (limit.Verdict, limit.Would, limit.Acts, limit.Mode));
        Assert.Equal("forward", told.End.Outcome);
        Assert.Equal(0, glass.Shadowed(Place.RateLimit));
    }

    [Theory]
    [InlineData("/r/1")]
    [InlineData("//r///1/../2?x=%zz")]
    public async Task Foretells_what_then_happens(string target)
    {
        // Each state that the layers can be in on the way of one request after another, foretold and then lived.
        var dice = new Random(5);
        using var glass = new Glass(Policies.With(
            "\"rateLimits\": [ \"l\" ], \"coalesce\": { \"ttl\": \"100ms\", \"staleIfError\": \"1s\" }, \"breaker\": { \"minRequests\": 2, \"open\": \"1s\" }, \"fallback\": \"f\"",
            "\"rateLimits\": { \"l\": { \"rate\": \"20/s\", \"burst\": 5 } }, \"fallbacks\": { \"f\": { \"status\": 504, \"body\": \"sorry\" } }, \"switches\": { \"s\": { \"routes\": [ \"r\" ], \"do\": { \"admit\": 0.5 } } }"));
        var fails = false;
        glass.Forwarder.Does = passage => new(fails ? new(ForwardEnd.Unreachable, 502) : glass.Forwarder.Share(passage));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 2000; i++)
        {
            glass.Clock.Advance(TimeSpan.FromMilliseconds(dice.Next(60)));
            fails = dice.Next(100) < 3 ? !fails : fails;
            glass.Throw("s", dice.Next(100) < 20);
            var from = $"198.51.100.{dice.Next(4)}";
            var told = Explain(glass, "GET", "http://shop.example" + target, from);
            var before = RequestOutcomes.All.ToDictionary(static o => o, o => glass.Total(o));

            using var lived = await glass.GetAsync(target, from);
            // What is renewed in the background changes what the next is told.
            await LayerContractTests.Until(() => glass.State.Cache!.UnderWay == 0 && glass.State.Gates.Values.All(static g => g.Gate.InFlight == 0));

            var outcome = RequestOutcomes.All.Single(o => glass.Total(o) > before[o]);
            seen.Add(told.End.Outcome);
            if (told.End.Outcome == "forward")
            {
                // What the backend does is not foretold.
                Assert.True(outcome is RequestOutcome.Served or RequestOutcome.Fallback or RequestOutcome.Stale, $"{i}: {outcome} {lived.Header("Proxy-Status")}; {string.Join("; ", told.Steps.Select(s => $"{s.Layer} {s.Verdict} {s.Text}"))}");
            }
            else
            {
                Assert.Equal(told.End.Outcome, outcome.ToString().ToLowerInvariant());
                Assert.Equal(told.End.Status, lived.Status);
            }
        }

        Assert.Equal(["fallback", "forward", "hit", "refused"], seen.Order().Where(static s => s != "stale"));
    }

    [Fact]
    public async Task Answers_a_request_that_asks_about_itself_with_the_token()
    {
        var file = Path.Combine(TestFolder.New(), "token");
        await File.WriteAllTextAsync(file, "let me see\n", Cancelled);
        using var glass = new Glass(Policies.With(sections: $"\"explain\": {{ \"token\": {JsonSerializer.Serialize("file:" + file)} }}"));

        using var asked = await Send(glass, "let me see");
        using var wrong = await Send(glass, "let me in");
        using var silent = await Send(glass, null);

        using var told = JsonDocument.Parse(asked.Http.Response.Headers[SelfExplanation.Header].ToString());
        Assert.Equal("r", told.RootElement.GetProperty("route").GetProperty("name").GetString());
        Assert.Equal("forward", told.RootElement.GetProperty("end").GetProperty("outcome").GetString());
        Assert.Equal((200, 200, 200), (asked.Status, wrong.Status, silent.Status));
        Assert.Equal((string.Empty, string.Empty), (wrong.Header(SelfExplanation.Header), silent.Header(SelfExplanation.Header)));
    }

    [Fact]
    public void Fits_into_a_header_whatever_it_has_to_tell()
    {
        using var glass = new Glass(Shop);
        var told = Explain(glass, "GET", "/api/products/" + new string('a', 5000));

        var text = SelfExplanation.Write(told);

        Assert.InRange(text.Length, 1, SelfExplanation.MostBytes);
        Assert.True(System.Text.Ascii.IsValid(text));
    }

    private static CancellationToken Cancelled => Xunit.TestContext.Current.CancellationToken;

    private static async Task<TestContext> Send(Glass glass, string? token)
    {
        var request = token is null ? new TestContext() : new TestContext("/r/1", "GET", "198.51.100.7", (SelfExplanation.Header, token));
        var starts = new Starts();
        request.Http.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpResponseFeature>(starts);
        await glass.SendAsync(request);
        await starts.StartAsync();
        return request;
    }

    private static Explanation Explain(Glass glass, string method, string url, string from = "203.0.113.9", params (string Name, string Value)[] headers)
    {
        Assert.Null(RehearsedRequest.TryMake(method, url, headers.Select(static h => KeyValuePair.Create(h.Name, h.Value)), from, out HttpContext? http));
        return Explainer.Explain(glass.Store.Current, http!, glass.Clock.GetTimestamp());
    }

    // DefaultHttpContext never starts an answer by itself.
    private sealed class Starts : Microsoft.AspNetCore.Http.Features.HttpResponseFeature
    {
        private Func<Task>? _starting;

        public override void OnStarting(Func<object, Task> callback, object state) => _starting = () => callback(state);

        public Task StartAsync() => _starting?.Invoke() ?? Task.CompletedTask;
    }
}
