using SandGlass.Request;
using SandGlass.Testing;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Layers.Coalesce;

/// <summary>What answers say that come from before the cache, or in its place.</summary>
public sealed class CacheStatusTests
{
    private const string Rules = "\"coalesce\": { \"ttl\": \"1s\" }";
    private const string Fallbacks = "\"fallbacks\": { \"f\": { \"body\": \"f\" } }";

    [Fact]
    public async Task A_quotas_refusal_says_that_the_cache_was_not_asked()
    {
        using var glass = new Glass(Policies.Limit("\"rate\": \"1/h\"", Rules));
        (await glass.GetAsync()).Dispose();

        using var refused = await glass.GetAsync();

        Assert.Equal((429, "sandglass; detail=not-asked"), (refused.Status, refused.Header("Cache-Status")));
    }

    [Theory]
    [InlineData("\"refuse\": {}", Fallbacks)]
    [InlineData("\"fallback\": \"f\"", Fallbacks)]
    public async Task So_does_what_a_switch_gives(string action, string fallbacks)
    {
        using var glass = new Glass(Policies.Switch(action, Rules, fallbacks));
        glass.Throw("s");

        using var answer = await glass.GetAsync();

        Assert.Equal((503, "sandglass; detail=not-asked"), (answer.Status, answer.Header("Cache-Status")));
    }

    [Fact]
    public async Task So_does_a_fallback_that_is_tried()
    {
        using var glass = new Glass(Policies.With(
            $"\"fallback\": \"f\", \"criticality\": \"sheddable\", {Rules}", "\"fallbacks\": { \"f\": { \"body\": \"f\", \"exercise\": 0.1 } }"));
        var tried = 0;
        for (var i = 0; i < 200; i++)
        {
            using var answer = await glass.GetAsync();
            if (answer.Header("Proxy-Status").Contains("exercise", StringComparison.Ordinal))
            {
                tried++;
                Assert.Equal("sandglass; detail=not-asked", answer.Header("Cache-Status"));
            }
        }

        Assert.NotEqual(0, tried);
    }

    [Fact]
    public async Task Who_wants_only_what_is_kept_is_told_that_nothing_is()
    {
        using var glass = new Glass(Policies.With(Rules));

        using var answer = await glass.GetAsync(headers: ("Cache-Control", "only-if-cached"));

        Assert.Equal((504, "sandglass; detail=only-if-cached"), (answer.Status, answer.Header("Cache-Status")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"coalesce\": { \"ttl\": \"1s\", \"mode\": \"shadow\" }")]
    public async Task Routes_that_share_nothing_say_nothing(string rules)
    {
        using var glass = new Glass(Policies.Switch("\"refuse\": {}", rules));
        glass.Throw("s");

        using var answer = await glass.GetAsync(headers: ("Cache-Control", "only-if-cached"));

        Assert.Equal((503, string.Empty), (answer.Status, answer.Header("Cache-Status")));
    }

    [Fact]
    public async Task What_failed_behind_the_cache_says_why_the_backend_was_asked()
    {
        using var glass = new Glass(Policies.With(Rules + ", \"fallback\": \"f\"", Fallbacks));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
        using var request = new TestContext();

        await glass.SendAsync(request);

        Assert.Equal((503, "sandglass; fwd=miss"), (request.Status, request.Header("Cache-Status")));
    }
}
