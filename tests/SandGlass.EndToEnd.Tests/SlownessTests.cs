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

    private const string OnePermit = """
        {
          "backends": { "transaction": { "destinations": { "a": "@origin" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } } },
          "routes": { "all": { "chain": "transaction", "match": { "path": "/{**rest}" }, "timeout": "20s" } },
          "shedding": { "maxWait": "0s" }
        }
        """;

    private const string Diverting = """
        {
          "backends": {
            "transaction": { "destinations": { "a": "@origin" } },
            "spare":       { "destinations": { "a": "@origin" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } }
          },
          "routes": { "all": { "chain": "transaction", "match": { "path": "/{**rest}" }, "timeout": "20s" } },
          "fallbacks": { "ask-spare": { "backend": "spare", "else": "busy" }, "busy": { "body": "busy" } },
          "switches": { "to-spare": { "routes": [ "all" ], "do": { "fallback": "ask-spare" } } }
        }
        """;

    private const string Sharing = """
        {
          "backends": { "transaction": { "destinations": { "a": "@origin" }, "concurrency": { "initial": 1, "min": 1, "max": 1 } } },
          "routes": { "all": { "chain": "transaction", "match": { "path": "/{**rest}" }, "timeout": "20s", "coalesce": { "ttl": "1m", "maxBytes": "64MB" } } },
          "cache": { "maxBytes": "1GB" },
          "shedding": { "maxWait": "0s" }
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slow_body_holds_no_permit_while_it_comes(bool http2)
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(OnePermit, ("origin", origin.Address));
        var (gate, body) = (gateway.Host.State.Gates["transaction"].Gate, Answers.Bytes(60_000));
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var content = new HaltingContent(body, 20_000, rest.Task);

        var order = (http2 ? gateway.Client2 : gateway.Client).SendAsync(HttpMethod.Post, "/order", content);
        await content.Halted.WaitAsync(Eventually.Deadline);
        await Eventually.TrueAsync(() => gateway.UnderWay == 1, "a part of it has come");
        for (var i = 0; i < 3; i++)
        {
            using var other = await gateway.Client.SendAsync(HttpMethod.Post, "/quick", new ByteArrayContent([1]));
            Assert.Equal(200, (int)other.StatusCode);
            await Eventually.TrueAsync(() => gateway.CountAll() == i + 1, "it is counted, and its permit is back");
        }

        Assert.Equal((0, 3), (gate.InFlight, origin.Count));
        rest.SetResult();
        using var answer = await order;

        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync());
        await gateway.SettleAsync(4);
        Assert.Equal((4, 0), (gateway.Count("served"), gate.InFlight));
    }

    [Fact]
    public async Task Who_leaves_amid_a_slow_body_has_cost_the_backend_nothing()
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(OnePermit, ("origin", origin.Address));
        using (var client = await RawClient.ConnectAsync(gateway.Http))
        {
            await client.SendAsync("POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
            await Eventually.TrueAsync(() => gateway.UnderWay == 1, "it has come");
            client.EndSending();
        }

        await gateway.SettleAsync(1);
        Assert.True(gateway.Count("aborted", "shed") == 1, string.Join("; ", gateway.Outcomes()));
        Assert.Equal((0, 0), (origin.Count, gateway.Host.State.Gates["transaction"].Gate.InFlight));
    }

    [Fact]
    public async Task A_slow_body_holds_no_permit_of_the_backend_that_a_switch_sends_it_to()
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(Diverting, ("origin", origin.Address));
        await gateway.SwitchAsync("to-spare", on: true);
        var (gate, body) = (gateway.Host.State.Gates["spare"].Gate, Answers.Bytes(60_000));
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var content = new HaltingContent(body, 20_000, rest.Task);

        var order = gateway.Client.SendAsync(HttpMethod.Post, "/order", content);
        await content.Halted.WaitAsync(Eventually.Deadline);
        await Eventually.TrueAsync(() => gateway.UnderWay == 1, "a part of it has come");
        using var other = await gateway.Client.SendAsync(HttpMethod.Post, "/quick", new ByteArrayContent([1]));
        await Eventually.TrueAsync(() => gateway.CountAll() == 1, "it is counted, and its permit is back");

        Assert.Equal((200, 0, 1), ((int)other.StatusCode, gate.InFlight, origin.Count));
        rest.SetResult();
        using var answer = await order;

        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync());
        await gateway.SettleAsync(2);
        Assert.Equal((2, 0), (gateway.Count("fallback"), gate.InFlight));
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhalf", 408)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    public async Task A_bad_body_on_its_way_to_another_backend_is_told_as_elsewhere(string sent, int status)
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(Diverting.Replace("20s", "300ms", StringComparison.Ordinal), ("origin", origin.Address));
        await gateway.SwitchAsync("to-spare", on: true);

        var answer = await RawClient.AskAsync(gateway.Http, $"POST /order HTTP/1.1\r\nHost: a\r\n{sent}");

        Assert.Equal(status, answer!.Status);
        Assert.Contains("details=\"trust/body\"", answer["Proxy-Status"], StringComparison.Ordinal);
        await gateway.SettleAsync(1);
        Assert.Equal((1, 0), (gateway.Count("refused", "trust"), gateway.Host.State.Gates["spare"].Gate.InFlight));
    }

    [Fact]
    public async Task Bodies_that_never_end_are_waited_for_up_to_64_MB_in_all_and_then_go_as_they_come()
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(OnePermit, ("origin", origin.Address));
        var gate = gateway.Host.State.Gates["transaction"].Gate;
        var slow = new List<RawClient>();
        try
        {
            for (var i = 0; i < 1024; i++)
            {
                slow.Add(await RawClient.ConnectAsync(gateway.Http));
                await slow[^1].SendAsync("POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\na");
            }

            await Eventually.TrueAsync(() => gateway.UnderWay == 1024, "all have come");
            Assert.Equal(0, gate.InFlight);
            using (var other = await gateway.Client.SendAsync(HttpMethod.Post, "/quick", new ByteArrayContent([1])))
            {
                Assert.Equal(200, (int)other.StatusCode);
            }

            slow.Add(await RawClient.ConnectAsync(gateway.Http));
            await slow[^1].SendAsync("POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\na");
            await Eventually.TrueAsync(() => gate.InFlight == 1, "one more is on its way to the backend");
        }
        finally
        {
            slow.ForEach(static one => one.Dispose());
        }

        await gateway.SettleAsync(1026);
        Assert.Equal(0, gate.InFlight);
    }

    [Fact]
    public async Task Who_takes_a_shared_answer_slowly_holds_no_permit_meanwhile()
    {
        // More than the buffers of the system take.
        var body = Answers.Bytes(32 << 20);
        await using var origin = await TestOrigin.StartAsync(http => http.Response.Body.WriteAsync(body).AsTask());
        await using var gateway = await TestGateway.StartAsync(Sharing, ("origin", origin.Address));
        var gate = gateway.Host.State.Gates["transaction"].Gate;
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => origin.Count == 1 && gate.InFlight == 0, "the backend has done its part");

        Assert.Equal((1, 0), (gateway.UnderWay, gateway.CountAll()));
        client.Dispose();
        await gateway.SettleAsync(1);
        Assert.Equal((1, 0), (gateway.CountAll(), gate.InFlight));
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

    /// <summary>A body of a known length that halts on its way.</summary>
    private sealed class HaltingContent(byte[] body, int halt, Task until) : HttpContent
    {
        private readonly TaskCompletionSource _halted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Halted => _halted.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(body.AsMemory(0, halt));
            await stream.FlushAsync();
            _halted.SetResult();
            await until;
            await stream.WriteAsync(body.AsMemory(halt));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
