using System.Text;
using SandGlass.Layers.Fallback;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Fallback;

public sealed class FallbackExerciseTests
{
    private static string Policy(string fallback, string criticality = "sheddable") => Policies.With(
        $"\"fallback\": \"f\", \"criticality\": \"{criticality}\"", $"\"fallbacks\": {{ \"f\": {{ {fallback}, \"exercise\": 0.1 }}, \"g\": {{ \"body\": \"g\" }} }}");

    [Theory]
    [InlineData("sheddable", true)]
    [InlineData("sheddable-plus", true)]
    [InlineData("critical", false)]
    [InlineData("critical-plus", false)]
    public async Task Gives_a_few_of_those_that_can_be_spared_the_fallback_and_counts_each_once(string criticality, bool tries)
    {
        using var glass = new Glass(Policy("\"status\": 200, \"body\": \"f\"", criticality));
        var tried = 0;
        for (var i = 0; i < 500; i++)
        {
            using var answer = await glass.GetAsync();
            if (answer.Header("Proxy-Status") == "sandglass; error=proxy_internal_response; details=\"fallback/exercise\"")
            {
                tried++;
                Assert.Equal("f", await answer.BodyAsync());
            }
        }

        Assert.InRange(tried, tries ? 20 : 0, tries ? 90 : 0);
        Assert.Equal((tried, 500 - tried, 500), (glass.Total(RequestOutcome.Fallback, Place.Fallback), glass.Total(RequestOutcome.Served), glass.Total()));
        Assert.Equal((tried, tries ? FallbackProof.Exercise : null), (glass.State.Fallback("f").Total(FallbackProof.Exercise), glass.State.Fallback("f").Last?.By));
    }

    [Fact]
    public async Task Tries_no_one_in_shadow_and_no_lastGood_that_is_empty_and_never_a_broken_backend()
    {
        using var shadow = new Glass(Policy("\"body\": \"f\", \"mode\": \"shadow\""));
        using var empty = new Glass(Policy("\"lastGood\": \"1m\", \"else\": \"g\""));
        using var broken = new Glass(Policies.With(
            "\"fallback\": \"f\", \"criticality\": \"sheddable\"",
            "\"fallbacks\": { \"f\": { \"backend\": \"other\", \"else\": \"g\", \"exercise\": 0.1 }, \"g\": { \"body\": \"g\" } }").Replace(
            "\"backends\": {", "\"backends\": { \"other\": { \"destinations\": { \"a\": \"http://127.0.0.1:7009\" } },", StringComparison.Ordinal));
        broken.Forwarder.Does = static passage => new(passage.Backend!.Name == "other" ? new ForwardResult(ForwardEnd.Unreachable, 502) : new ForwardResult(ForwardEnd.Answered, 200));
        foreach (var glass in new[] { shadow, empty, broken })
        {
            for (var i = 0; i < 300; i++)
            {
                (await glass.GetAsync()).Dispose();
            }

            Assert.Equal((300, 300), (glass.Total(RequestOutcome.Served), glass.Total()));
        }

        // Those that it was tried with went on as if nothing had been.
        Assert.InRange(broken.Forwarder.Calls, 310, 370);
        Assert.All(broken.Store.Current.Backends.Values, static backend => Assert.Equal(0, backend.Gate.State.Gate.InFlight));
    }

    [Fact]
    public async Task A_real_use_proves_it_too()
    {
        using var glass = new Glass(Policies.With("\"fallback\": \"f\"", "\"fallbacks\": { \"f\": { \"body\": \"f\" } }"));
        glass.Forwarder.Does = static _ => new(new ForwardResult(ForwardEnd.Unreachable, 502));
        (await glass.GetAsync()).Dispose();

        Assert.Equal((1, FallbackProof.Use), (glass.State.Fallback("f").Total(FallbackProof.Use), glass.State.Fallback("f").Last!.By));
    }

    [Fact]
    public void What_was_proven_outlives_a_reload()
    {
        using var glass = new Glass(Policy("\"body\": \"f\""));
        glass.State.Fallback("f").Proved(FallbackProof.Use, glass.Clock);
        glass.Apply(Policy("\"body\": \"other\""));

        Assert.Equal(1, glass.Store.Current.Fallbacks["f"].State.Total(FallbackProof.Use));
        Assert.Equal("other", Encoding.UTF8.GetString(glass.Store.Current.Fallbacks["f"].Body));
    }
}
