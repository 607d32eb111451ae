using System.Globalization;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Fallback;

public sealed class FallbackLayerTests : IDisposable
{
    private readonly string _folder = TestFolder.New("fallback-");

    [Theory]
    [InlineData("\"json\": { \"a\": [ 1, 2 ] }", 503, "application/json", "{ \"a\": [ 1, 2 ] }")]
    [InlineData("\"body\": \"h\\u00e9\", \"status\": 200", 200, "text/plain; charset=utf-8", "h\u00e9")]
    [InlineData("\"body\": \"\"", 503, "text/plain; charset=utf-8", "")]
    [InlineData("\"body\": \"<p>\", \"contentType\": \"text/html\"", 503, "text/html", "<p>")]
    [InlineData("\"file\": \"home.html\", \"status\": 200", 200, "text/html; charset=utf-8", "<h1>home</h1>")]
    [InlineData("\"file\": \"data.json\"", 503, "application/json", "{}")]
    [InlineData("\"file\": \"other.bin\"", 503, "application/octet-stream", "bin")]
    public async Task Gives_the_answer_that_was_made_ready(string written, int status, string type, string body)
    {
        File.WriteAllText(Path.Combine(_folder, "home.html"), "<h1>home</h1>");
        File.WriteAllText(Path.Combine(_folder, "data.json"), "{}");
        File.WriteAllText(Path.Combine(_folder, "other.bin"), "bin");
        using var glass = Broken(written);
        // The disaster does not meet the disk.
        Directory.Delete(_folder, true);
        Directory.CreateDirectory(_folder);

        using var answer = await glass.GetAsync();

        Assert.Equal((status, type), (answer.Status, answer.Header("Content-Type")));
        Assert.Equal(body.Replace(" ", "", StringComparison.Ordinal), (await answer.BodyAsync()).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Equal("sandglass; error=destination_unavailable; details=\"forward/marketing\"", answer.Header("Proxy-Status"));
    }

    [Fact]
    public async Task Leaves_the_policys_own_headers_and_spreads_its_retry_after()
    {
        using var glass = Broken("\"body\": \"b\", \"retryAfter\": \"20s\", \"headers\": { \"cache-control\": \"max-age=5\", \"X-A\": \"b\" }");
        using var answer = await glass.GetAsync();

        Assert.Equal(("max-age=5", "b"), (answer.Header("Cache-Control"), answer.Header("X-A")));
        Assert.InRange(int.Parse(answer.Header("Retry-After"), CultureInfo.InvariantCulture), 20, 32);
    }

    [Theory]
    [InlineData(ForwardEnd.Withheld, 500, RequestOutcome.Fallback)]
    [InlineData(ForwardEnd.TimedOut, 504, RequestOutcome.Fallback)]
    [InlineData(ForwardEnd.Unreachable, 502, RequestOutcome.Fallback)]
    [InlineData(ForwardEnd.ClientFault, 413, RequestOutcome.Refused)]
    [InlineData(ForwardEnd.ClientLeft, 0, RequestOutcome.Aborted)]
    [InlineData(ForwardEnd.CutOff, 200, RequestOutcome.Failed)]
    [InlineData(ForwardEnd.Answered, 404, RequestOutcome.Served)]
    public async Task Stands_in_for_what_fails_but_not_for_what_the_client_did(ForwardEnd end, int status, RequestOutcome outcome)
    {
        using var glass = Broken("\"body\": \"b\"");
        glass.Forwarder.Does = _ => new(new ForwardResult(end, status));

        (await glass.GetAsync()).Dispose();

        Assert.Equal(1, glass.Total(outcome));
    }

    [Fact]
    public async Task Never_stands_in_for_a_quota()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/h\"", "\"fallback\": \"f\"", "\"fallbacks\": { \"f\": { \"body\": \"b\" } }"));
        (await glass.GetAsync()).Dispose();
        using var answer = await glass.GetAsync();

        Assert.Equal((429, "application/problem+json"), (answer.Status, answer.Header("Content-Type")));
    }

    [Fact]
    public async Task Is_the_served_answer_of_a_route_without_a_backend()
    {
        using var glass = new Glass(Policies.With("\"answer\": \"f\"", "\"fallbacks\": { \"f\": { \"status\": 404, \"body\": \"not here\" } }"));
        using var answer = await glass.GetAsync();

        Assert.Equal((404, "not here", ""), (answer.Status, await answer.BodyAsync(), answer.Header("Proxy-Status")));
        Assert.Equal((1, 0), (glass.Total(RequestOutcome.Served), glass.Forwarder.Calls));
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private Glass Broken(string fallback)
    {
        var glass = new Glass(Policies.With("\"fallback\": \"f\"", $"\"fallbacks\": {{ \"f\": {{ {fallback} }} }}"), _folder);
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
        return glass;
    }
}
