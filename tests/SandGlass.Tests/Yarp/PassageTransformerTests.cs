using SandGlass.Layers.Coalesce;
using SandGlass.Testing;
using SandGlass.Yarp;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Yarp;

public sealed class PassageTransformerTests
{
    // In a shared fetch only what is in the key goes along; in shadow nothing is shared, so all of it goes.
    [Theory]
    [InlineData("enforce", "X-Shop", "/r/1?c=EUR")]
    [InlineData("shadow", "X-Shop User-Agent X-User", "/r/1?utm=1&c=EUR")]
    [InlineData("off", "X-Shop User-Agent X-User", "/r/1?utm=1&c=EUR")]
    public async Task Sends_what_belongs_to_the_key_only_where_the_answer_is_shared(string mode, string headers, string target)
    {
        using var glass = new Glass(Policies.With($"\"coalesce\": {{ \"ttl\": \"1s\", \"key\": [ \"path\", \"header:X-Shop\", \"query:c\" ], \"mode\": \"{mode}\" }}"));
        using var request = new TestContext("/r/1?utm=1&c=EUR", headers: [("X-Shop", "de"), ("User-Agent", "test"), ("X-User", "7"), ("X-Forwarded-For", "6.6.6.6")]);
        var passage = glass.Enter(request);
        foreach (var rule in glass.Route.Rules.OfType<CoalescePlan>())
        {
            Assert.True(rule.Layer.Decide(passage, rule, glass.Clock.GetTimestamp()).Admitted);
        }

        var transformer = new PassageTransformer(passage, glass.Clock, glass.Log);
        var now = glass.Clock.GetTimestamp();
        Assert.True(transformer.TryBegin(now));
        transformer.GoTo(passage.Backend!.Pick(passage, now));
        passage.ForwardedAt = glass.Clock.GetTimestamp();
        using var sent = new HttpRequestMessage();
        await transformer.TransformRequestAsync(request.Http, sent, "http://127.0.0.1:7001", CancellationToken.None);

        // A shared fetch is made for nobody in particular.
        string[] client = mode == "enforce" ? [] : ["X-Forwarded-For"];
        string[] ours = [.. client, "X-Forwarded-Proto", "X-Forwarded-Host", "X-SandGlass-Criticality", "X-SandGlass-Deadline-Ms"];
        Assert.Equal(headers.Split(' ').Concat(ours).Order(), sent.Headers.NonValidated.Select(static h => h.Key).Order());
        Assert.Equal("http://127.0.0.1:7001" + target, sent.RequestUri!.OriginalString);
        Assert.All(client, name => Assert.Equal("198.51.100.7", sent.Headers.NonValidated[name].ToString()));
    }
}
