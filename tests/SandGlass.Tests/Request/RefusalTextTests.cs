using System.Text;
using SandGlass.Request;
using Xunit;

namespace SandGlass.Tests.Request;

public sealed class RefusalTextTests
{
    [Fact]
    public void Is_made_once_for_the_same_names_even_as_other_objects()
    {
        var first = RefusalText.Of(new(Place.RateLimit, "made-once", 429, "quota-exceeded"));

        Assert.Same(first, RefusalText.Of(new(Place.RateLimit, new string("made-once"), 429, new string("quota-exceeded"))));
    }

    [Fact]
    public void Tells_all_of_a_rejection_apart()
    {
        var rejection = new Rejection(Place.Shed, "apart", 503, "queue-full") { Class = "default" };
        Rejection[] others =
        [
            rejection with { Layer = Place.Break }, rejection with { Rule = "aparu" }, rejection with { Status = 567 },
            rejection with { Reason = "queue-fuzz" }, rejection with { Class = "defaulu" }, rejection with { Class = null },
        ];

        // Twice, so that what is at hand is asked too, whoever was there last.
        for (var time = 0; time < 2; time++)
        {
            foreach (var other in others)
            {
                Assert.NotSame(RefusalText.Of(rejection), RefusalText.Of(other));
            }
        }

        Assert.Equal("sandglass; error=connection_limit_reached; details=\"shed/apart (default, queue-full)\"", RefusalText.Of(rejection).ProxyStatus);
    }

    [Fact]
    public void Keeps_apart_who_shares_a_spot()
    {
        // As many as there are spots, ten times over: all share one with some other.
        string[] rules = [.. Enumerable.Range(0, 640).Select(static i => $"shares-{i:000}")];
        for (var time = 0; time < 2; time++)
        {
            Assert.All(rules, static rule => Assert.Contains($"\"rule\":\"{rule}\"", Json(rule), StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Is_right_for_all_who_ask_at_once()
    {
        string[] rules = [.. Enumerable.Range(0, 200).Select(static i => $"at-once-{i:000}")];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() =>
        {
            var dice = new Random(seed);
            for (var i = 0; i < 20_000; i++)
            {
                var rule = rules[dice.Next(rules.Length)];
                Assert.EndsWith($"\"rule\":\"{rule}\",\"traceId\":\"", Json(rule), StringComparison.Ordinal);
            }
        })));
    }

    private static string Json(string rule) => Encoding.UTF8.GetString(RefusalText.Of(new(Place.RateLimit, rule, 429, "quota-exceeded")).JsonBefore);
}
