namespace SandGlass.EndToEnd.Tests;

/// <summary>HTTP/2 used to make much work of few bytes: at most 100 requests upstream at once, the process lives, a bystander sees nothing of it.</summary>
public sealed class FloodTests
{
    private const int Frames = 3_000;

    [Theory]
    [InlineData("rapid reset")]
    [InlineData("made-you-reset")]
    [InlineData("continuation")]
    [InlineData("ping")]
    [InlineData("settings")]
    [InlineData("priority")]
    [InlineData("empty data")]
    public async Task A_flood_harms_nobody_but_itself(string kind)
    {
        var (now, most) = (0, 0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            if (http.Request.Path == "/by")
            {
                await http.Response.WriteAsync("ok");
                return;
            }

            most = Math.Max(most, Interlocked.Increment(ref now));
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // As wanted.
            }
            finally
            {
                Interlocked.Decrement(ref now);
            }
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        using var end = new CancellationTokenSource();
        using var attacker = await RawHttp2.ConnectAsync(gateway.H2c);
        var drained = attacker.DrainAsync(end.Token);

        var flood = FloodAsync(attacker, kind);
        for (var i = 0; i < 30; i++)
        {
            using var answer = await gateway.Client2.GetAsync("/by");
            Assert.Equal(200, (int)answer.StatusCode);
        }

        await flood;
        using var after = await gateway.Client2.GetAsync("/by");
        Assert.Equal(200, (int)after.StatusCode);
        attacker.Dispose();
        await end.CancelAsync();
        await drained;
        await gateway.SettleAsync();
        Assert.InRange(most, 0, 100);
        Assert.Equal(31, gateway.Count("served"));
        Assert.Equal(0, gateway.Count("failed"));
        Assert.Equal(0, gateway.Host.State.Defects.Totals.Sum(static d => d.Total));
    }

    private static async Task FloodAsync(RawHttp2 attacker, string kind)
    {
        var block = RawHttp2.Block("shop.example", "/slow");
        var open = 0;
        for (var i = 0; i < Frames; i++)
        {
            var alive = kind switch
            {
                "rapid reset" => attacker.NextStream() is var stream && await attacker.TrySendAsync(
                    RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, block),
                    RawHttp2.Frame(RawHttp2.Reset, 0, stream, [0, 0, 0, 8])),

                // CVE-2025-8671: the server is made to reset the stream, by a window that grows by nothing.
                "made-you-reset" => attacker.NextStream() is var stream && await attacker.TrySendAsync(
                    RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, block),
                    RawHttp2.Frame(RawHttp2.WindowUpdate, 0, stream, [0, 0, 0, 0])),
                "continuation" => await attacker.TrySendAsync(i == 0
                    ? RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream, attacker.NextStream(), block)
                    : RawHttp2.Frame(RawHttp2.Continuation, 0, 1, [])),
                "ping" => await attacker.TrySendAsync(RawHttp2.Frame(RawHttp2.Ping, 0, 0, new byte[8])),
                "settings" => await attacker.TrySendAsync(RawHttp2.Frame(RawHttp2.Settings, 0, 0, [0, 4, 0, 0, 0xff, 0xff])),
                "priority" => await attacker.TrySendAsync(RawHttp2.Frame(RawHttp2.Priority, 0, 1, [0, 0, 0, 0, (byte)i])),
                _ => await attacker.TrySendAsync(open++ == 0
                    ? RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, attacker.NextStream(), block)
                    : RawHttp2.Frame(RawHttp2.Data, 0, 1, [])),
            };
            if (!alive)
            {
                return;
            }
        }
    }
}
