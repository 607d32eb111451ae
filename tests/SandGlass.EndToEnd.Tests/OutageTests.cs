using SandGlass.Algorithms.Breaking;

namespace SandGlass.EndToEnd.Tests;

/// <summary>A backend fails in each way that there is: the breaker opens, nobody else notices, and it is back soon after it is well.</summary>
public sealed class OutageTests
{
    private const string Policy = """
        {
          "backends": {
            "marketing":   { "destinations": { "a": "@bad" }, "health": { "interval": "100ms", "timeout": "80ms" }, "ejection": { "minRequests": 5, "window": "2s", "for": "1s" } },
            "transaction": { "destinations": { "a": "@good" } }
          },
          "routes": {
            "shaky": { "chain": "marketing", "match": { "path": "/shaky/{**rest}" }, "timeout": "300ms",
                       "breaker": { "minRequests": 5, "failureRatio": 0.5, "window": "10s", "open": "500ms" } },
            "other": { "chain": "transaction", "match": { "path": "/other/{**rest}" }, "timeout": "5s" }
          }
        }
        """;

    public static TheoryData<string> Outages => new("hangs", "resets in the body", "answers half a body", "is gone");

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task Opens_the_breaker_disturbs_nobody_and_ends_within_5_s_of_the_backends_return(string how)
    {
        await using var good = await TestOrigin.SayingAsync("good");
        var now = how;
        await using var bad = new RawOrigin(exchange => Behave(exchange, Volatile.Read(ref now)), listens: how != "is gone");

        await using var gateway = await TestGateway.StartAsync(Policy, ("good", good.Address), ("bad", bad.Address));
        var time = TimeProvider.System;
        BreakerPosition Position() => gateway.Host.State.Breakers["shaky"].Position(time.GetTimestamp());

        var began = time.GetTimestamp();
        var failures = Enumerable.Range(0, 8).Select(_ => AskAsync(gateway)).ToArray();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("good", await gateway.Client2.GetStringAsync("/other/x"));
        }

        Assert.All(await Task.WhenAll(failures), static good => Assert.False(good));
        // The fifth failure opens it, which the timeout brings after 0.3 s; the rest of the window is for a busy machine.
        await Eventually.TrueAsync(() => gateway.UnderWay == 0 && Position() != BreakerPosition.Closed, "the breaker opens");
        Assert.InRange(time.GetElapsedTime(began).TotalSeconds, 0, 10);

        Volatile.Write(ref now, "is well");
        if (how == "is gone")
        {
            bad.Listen();
        }

        var returned = time.GetTimestamp();
        await Eventually.TrueAsync(() => AskAsync(gateway), "it answers again");
        await Eventually.TrueAsync(async () => await AskAsync(gateway) && Position() == BreakerPosition.Closed, "the breaker closes");
        Assert.InRange(time.GetElapsedTime(returned).TotalSeconds, 0, 5);
    }

    private static async Task<bool> AskAsync(TestGateway gateway)
    {
        var answer = await gateway.AskRawAsync("GET /shaky/x HTTP/1.1\r\nHost: a\r\n\r\n");
        return answer is { Status: 200, Whole: true };
    }

    private static async Task Behave(RawExchange exchange, string how)
    {
        if (how == "is well")
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell");
            return;
        }

        if (how == "hangs")
        {
            await exchange.HangAsync();
            return;
        }

        await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        if (how == "resets in the body")
        {
            exchange.Reset();
        }
        else
        {
            exchange.Close();
        }
    }
}
