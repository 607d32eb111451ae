using System.Globalization;
using System.Text.Json;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Request;

public sealed class AnswersTests
{
    public static TheoryData<string> Hostile =>
    [
        "plain", "a\"b", "a\\b", "</script><img onerror=x>", "\r\nSet-Cookie: a=b", "\u0000\u001b\u2028", "\u540d\u524d", new string('"', 128),
        string.Concat(Enumerable.Repeat("\ud83d\ude00", 64)), new string('x', 500), "",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Writes_valid_json_whatever_a_rule_is_called(string rule)
    {
        using var glass = new Glass(Policies.With());
        foreach (var (place, status, reason) in new[] { (Place.RateLimit, 429, "quota-exceeded"), (Place.Switch, 599, "below-criticality"), (Place.Trust, 431, "path-encoded-delimiter") })
        {
            using var request = new TestContext();
            var passage = glass.Enter(request);
            await new Answers(glass.Clock).WriteAsync(passage, new Rejection(place, rule, status, reason));

            using var json = JsonDocument.Parse(await request.BodyAsync());
            var root = json.RootElement;
            Assert.Equal("application/problem+json", request.Header("Content-Type"));
            Assert.Equal(request.Header("Content-Length"), (await request.BodyAsync()).Length.ToString(CultureInfo.InvariantCulture));
            Assert.Equal((status, place.Word()), (root.GetProperty("status").GetInt32(), root.GetProperty("layer").GetString()));
            Assert.Equal(rule.Length <= 128 ? rule : "", root.GetProperty("rule").GetString());
            Assert.Matches("^[0-9a-f]{32}$", root.GetProperty("traceId").GetString());
            Assert.EndsWith(reason, root.GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.Equal("no-store", request.Header("Cache-Control"));
        }
    }

    [Theory]
    [InlineData("text/html,application/xhtml+xml;q=0.9", true)]
    [InlineData("application/json", false)]
    [InlineData("*/*", false)]
    [InlineData(null, false)]
    public async Task Gives_browsers_a_page(string? accept, bool page)
    {
        using var glass = new Glass(Policies.With());
        using var request = new TestContext("/none", headers: accept is null ? [] : [("Accept", accept)]);

        await glass.SendAsync(request);

        Assert.Equal(404, request.Status);
        Assert.Equal(page ? "text/html; charset=utf-8" : "application/problem+json", request.Header("Content-Type"));
        Assert.StartsWith(page ? "<!doctype html>" : "{", await request.BodyAsync(), StringComparison.Ordinal);
        Assert.Equal("sandglass; error=destination_not_found; details=\"none/no-route\"", request.Header("Proxy-Status"));
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false)]
    [InlineData("00-\"f7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("garbage", false)]
    public async Task Repeats_the_trace_id_only_where_it_is_one(string parent, bool repeats)
    {
        using var glass = new Glass(Policies.With());
        using var request = await glass.GetAsync("/none", headers: ("traceparent", parent));

        using var json = JsonDocument.Parse(await request.BodyAsync());

        Assert.Equal(repeats, json.RootElement.GetProperty("traceId").GetString() == "0af7651916cd43dd8448eb211c80319c");
    }

    [Theory]
    [InlineData(Place.Forward, "timeout", "http_response_timeout")]
    [InlineData(Place.Forward, "unreachable", "destination_unavailable")]
    [InlineData(Place.Forward, "upstream-error", "proxy_internal_response")]
    [InlineData(Place.Trust, "direct-access", "http_request_denied")]
    [InlineData(Place.Trust, "host", "http_request_error")]
    [InlineData(Place.RateLimit, "quota-exceeded", "http_request_denied")]
    [InlineData(Place.Shed, "queue-full", "connection_limit_reached")]
    [InlineData(Place.Break, "open", "destination_unavailable")]
    public void Names_the_nearest_registered_error(Place place, string reason, string error) =>
        Assert.Equal($"sandglass; error={error}; details=\"{place.Word()}/a\\\"b\\\\c\"", ProxyStatus.Of(new(place, "a\"b\\c", 503, reason)));

    [Fact]
    public async Task Spreads_retry_after_by_client_never_early_and_steadily_for_the_same()
    {
        using var glass = new Glass(Policies.Switch("\"refuse\": { \"retryAfter\": \"30s\" }"));
        glass.Throw("s");
        var seen = new List<int>();
        for (var i = 0; i < 200; i++)
        {
            using var first = await glass.GetAsync(from: $"198.51.{i}.7");
            using var second = await glass.GetAsync(from: $"198.51.{i}.7");
            Assert.Equal(first.Header("Retry-After"), second.Header("Retry-After"));
            seen.Add(int.Parse(first.Header("Retry-After"), CultureInfo.InvariantCulture));
        }

        Assert.InRange(seen.Min(), 30, 32);
        Assert.InRange(seen.Max(), 40, 47);
        Assert.InRange(seen.Distinct().Count(), 12, 17);
    }

    [Fact]
    public async Task Gives_a_kept_answer_with_its_age_and_body()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        glass.Forwarder.Does = p => new(glass.Forwarder.Share(p, new string('b', 30_000), 10));
        using var first = await glass.GetAsync();
        glass.Clock.Advance(TimeSpan.FromSeconds(3.5));
        using var second = await glass.GetAsync();

        Assert.Equal("sandglass; fwd=miss; stored; ttl=10", first.Header("Cache-Status"));
        Assert.Equal("", first.Header("Age"));
        Assert.Equal(("sandglass; hit; ttl=7", "3", "text/plain"), (second.Header("Cache-Status"), second.Header("Age"), second.Header("Content-Type")));
        Assert.Equal(await first.BodyAsync(), await second.BodyAsync());
        Assert.Equal((1, 1), (glass.Total(RequestOutcome.Served), glass.Total(RequestOutcome.Hit)));
    }

    [Fact]
    public async Task Ends_once_where_the_server_does_not_take_a_header()
    {
        using var glass = new Glass(Policies.With("\"coalesce\": { \"ttl\": \"10s\" }"));
        glass.Forwarder.Does = p => new(glass.Forwarder.Share(p, freshSeconds: 10));
        (await glass.GetAsync()).Dispose();
        using var request = new TestContext();
        ((Microsoft.AspNetCore.Http.HeaderDictionary)request.Http.Response.Headers).IsReadOnly = true;

        await glass.SendAsync(request);

        Assert.Equal((1, 0), (glass.Total(RequestOutcome.Failed), glass.State.Ledger.UnderWay));
    }

    [Fact]
    public async Task Ends_once_where_the_client_of_a_large_fixed_answer_has_left()
    {
        using var glass = new Glass(Policies.With("\"answer\": \"f\"", $"\"fallbacks\": {{ \"f\": {{ \"status\": 200, \"body\": \"{new string('x', 20_000)}\" }} }}"));
        using var request = new TestContext();
        request.Leave();

        await glass.SendAsync(request);

        Assert.Equal((1, 0), (glass.Total(RequestOutcome.Aborted), glass.State.Ledger.UnderWay));
    }
}
