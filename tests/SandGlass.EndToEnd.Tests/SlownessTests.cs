namespace SandGlass.EndToEnd.Tests;

/// <summary>Who is slow is dropped in the time that the policy says, is counted once, and harms nobody beside him.</summary>
public sealed class SlownessTests
{
    // Kestrel looks once a second, and gives a body 5 s before it measures its rate.
    private static readonly TimeSpan Dropped = TimeSpan.FromSeconds(12);

    private const string Impatient = """
        {
          "edge": { "limits": { "headerTimeout": "300ms", "minBodyRate": "10KB/s" } },
          "backends": { "marketing": { "destinations": { "a": "@origin" }, "concurrency": { "initial": 500 } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "1m" } }
        }
        """;

    [Fact]
    public async Task Heads_that_do_not_end_are_cut_off_with_408_and_a_bystander_is_served_meanwhile()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Impatient, ("origin", origin.Address));
        var slow = new List<RawClient>();
        for (var i = 0; i < 500; i++)
        {
            slow.Add(await RawClient.ConnectAsync(gateway.Http));
            await slow[^1].SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        }

        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 50; i++)
        {
            using var answer = await gateway.Client.GetAsync("/by");
            Assert.Equal(200, (int)answer.StatusCode);
        }

        foreach (var client in slow)
        {
            Assert.Equal(408, (await client.ReadAsync())?.Status);
            client.Dispose();
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, Dropped);
        await gateway.SettleAsync(550);
        Assert.Equal((500, 50), (gateway.Count("refused", "trust"), gateway.Count("served")));
        Assert.All(origin.Arrivals, static a => Assert.Equal("/by", a.Target));
    }

    [Fact]
    public async Task A_body_that_drips_is_cut_off_and_no_backend_takes_it_for_whole()
    {
        var whole = 0;
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            Interlocked.Increment(ref whole);
        });
        await using var gateway = await TestGateway.StartAsync(Impatient, ("origin", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);
        var began = TimeProvider.System.GetTimestamp();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
        var answer = await client.ReadAsync();

        Assert.True(answer is null or { Status: 408 }, $"{answer?.Status}");
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, Dropped);
        await gateway.SettleAsync(1);
        Assert.Equal((1, 0), (gateway.Count("refused", "trust"), whole));
    }

    [Fact]
    public async Task Who_does_not_read_his_answer_is_cut_off_by_the_routes_timeout_and_the_backend_let_go()
    {
        // Kestrel's own least rate of an answer counts what the operating system has taken as read, so it comes minutes too late.
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            try
            {
                var block = new byte[64 << 10];
                while (!http.RequestAborted.IsCancellationRequested)
                {
                    await http.Response.Body.WriteAsync(block, http.RequestAborted);
                }
            }
            catch (OperationCanceledException)
            {
                // Cut off.
            }
            finally
            {
                left.TrySetResult();
            }
        });
        await using var gateway = await TestGateway.StartAsync(Impatient.Replace("1m", "1s", StringComparison.Ordinal), ("origin", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        await left.Task.WaitAsync(Dropped, TimeProvider.System);
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.CountAll());
    }
}
