using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Features;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Routes that don't coalesce: what the client sends arrives, what the backend answers comes back.</summary>
public sealed class PassThroughTests
{
    public static TheoryData<string, int, bool, bool> Bodies
    {
        get
        {
            var cases = new TheoryData<string, int, bool, bool>();
            foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" })
            {
                foreach (var length in new[] { 0, 1, 900 * 1024 })
                {
                    cases.Add(method, length, length % 2 == 1, method is "PUT" or "GET");
                }
            }

            cases.Add("POST", 0, true, false);
            cases.Add("POST", 900 * 1024, true, false);
            cases.Add("POST", 900 * 1024, true, true);
            cases.Add("PATCH", 1, false, true);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_arrives_and_comes_back_byte_for_byte(string method, int length, bool chunked, bool http2)
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        var body = Answers.Bytes(length);
        HttpContent content = chunked ? Answers.Chunked(body) : new ByteArrayContent(body);

        using var answer = await (http2 ? gateway.Client2 : gateway.Client).SendAsync(new(method), "/echo", content);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(method, origin.Only.Method);
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count("served", "forward"));
    }

    [Fact]
    public async Task Head_keeps_the_length_of_the_body_it_does_not_have()
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.ContentLength = 12345;
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        var one = await gateway.AskRawAsync("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
        using var two = await gateway.Client2.SendAsync(HttpMethod.Head, "/x");

        Assert.Equal((200, "12345"), (one!.Status, one["Content-Length"]));
        Assert.Equal("12345", two.Header("Content-Length"));
        Assert.All(origin.Arrivals, static a => Assert.Equal("HEAD", a.Method));
    }

    [Fact]
    public async Task Trailers_of_a_chunked_answer_reach_an_http2_client()
    {
        await using var origin = new RawOrigin(exchange => exchange.WriteAsync(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n"));
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        using var answer = await gateway.Client2.GetAsync("/", ("TE", "trailers"));

        Assert.Equal("hello", await answer.TextAsync());
        Assert.Equal("42", answer.TrailingHeaders.GetValues("X-Sum").Single());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"caf\u00e9\"\r\nX-Name: caf\u00c3\u00a9\r\n\r\nok", "/plain")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"caf\u00e9\"\r\nX-Name: caf\u00c3\u00a9\r\nCache-Control: max-age=60\r\n\r\nok", "/shared")]
    public async Task Bytes_of_a_header_beyond_ascii_pass_as_they_are(string answer, string path)
    {
        await using var origin = RawOrigin.Sending(answer);
        await using var gateway = await TestGateway.StartAsync("""
            {
              "backends": { "marketing": { "destinations": { "a": "@origin" } } },
              "routes": {
                "plain": { "chain": "marketing", "match": { "path": "/plain" } },
                "shared": { "chain": "marketing", "match": { "path": "/shared" }, "coalesce": { "ttl": "1s" } }
              }
            }
            """, ("origin", origin.Address));
        for (var i = 0; i < 2; i++)
        {
            using var client = await RawClient.ConnectAsync(gateway.Http);
            await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: shop.example\r\nX-Who: caf\u00c3\u00a9\r\n\r\n");
            var got = await client.ReadAsync();

            Assert.Equal((200, "\"caf\u00e9\"", "caf\u00c3\u00a9", "ok"), (got!.Status, got["ETag"], got["X-Name"], got.Body));
        }

        Assert.Equal(path == "/plain", origin.Heads[0].Contains("X-Who: caf\u00c3\u00a9", StringComparison.Ordinal));
        Assert.Equal(0, gateway.Host.State.Defects.Totals.Sum(static t => t.Total));
    }

    [Fact]
    public async Task A_chunked_upload_streams_through_without_waiting_for_its_end()
    {
        var first = new TaskCompletionSource<byte>();
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            var one = new byte[1];
            await http.Request.Body.ReadExactlyAsync(one);
            first.SetResult(one[0]);
            using var rest = new MemoryStream();
            await http.Request.Body.CopyToAsync(rest);
            await http.Response.WriteAsync($"{rest.Length + 1}");
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        // More than HttpClient gathers before it sends (4 KB): a client that trickles less waits for its next bytes.
        await client.SendAsync($"POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\na{new string('b', 0x1fff)}\r\n");
        Assert.Equal((byte)'a', await first.Task.WaitAsync(Eventually.Deadline));
        await client.SendAsync("4\r\ndefg\r\n0\r\n\r\n");

        Assert.Equal("8196", (await client.ReadAsync())!.Body);
        Assert.Equal("chunked", origin.Only["Transfer-Encoding"]);
    }

    [Fact]
    public async Task Expect_100_continue_is_answered_before_the_body_is_sent()
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo);
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await client.ReadSomeAsync(), StringComparison.Ordinal);
        await client.SendAsync("body");

        Assert.Equal("body", (await client.ReadAsync())!.Body);
    }

    [Fact]
    public async Task An_http2_client_is_served_by_an_http2_backend()
    {
        await using var origin = await TestOrigin.StartAsync(TestOrigin.Echo, http2: true);
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        var body = Answers.Bytes(100_000);

        using var answer = await gateway.Client2.SendAsync(HttpMethod.Post, "/a?b=c", new ByteArrayContent(body));

        Assert.Equal(HttpVersion.Version20, answer.Version);
        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(("HTTP/2", "/a?b=c"), (origin.Only.Protocol, origin.Only.Target));
    }

    [Fact]
    public async Task A_websocket_echoes_and_holds_no_permit()
    {
        await using var origin = await TestOrigin.StartAsync(EchoSocketAsync);
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://127.0.0.1:{gateway.Http.Port}/chat"), default);

        var sent = Answers.Bytes(5000);
        await socket.SendAsync(sent, WebSocketMessageType.Binary, true, default);
        var got = new byte[sent.Length];
        for (var count = 0; count < got.Length;)
        {
            count += (await socket.ReceiveAsync(got.AsMemory(count), default)).Count;
        }

        Assert.Equal(sent, got);
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count("served"));
    }

    [Fact]
    public async Task A_websocket_keeps_its_place_in_a_limit_of_concurrency_until_it_ends()
    {
        await using var origin = await TestOrigin.StartAsync(EchoSocketAsync);
        await using var gateway = await TestGateway.StartAsync(
            """
            {
              "backends": { "marketing": { "destinations": { "a": "@origin" } } },
              "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "rateLimits": [ "one" ] } },
              "rateLimits": { "one": { "algorithm": "concurrency", "burst": 1, "key": "header:X-User" } }
            }
            """, ("origin", origin.Address));
        var address = new Uri($"ws://127.0.0.1:{gateway.Http.Port}/chat");
        using var first = Socket();
        await first.ConnectAsync(address, default);
        Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);

        using var second = Socket();
        await Assert.ThrowsAsync<WebSocketException>(() => second.ConnectAsync(address, default));
        Assert.Equal(HttpStatusCode.TooManyRequests, second.HttpStatusCode);

        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        await gateway.SettleAsync(2);
        using var third = Socket();
        await third.ConnectAsync(address, default);

        static ClientWebSocket Socket()
        {
            var socket = new ClientWebSocket();
            socket.Options.CollectHttpResponseDetails = true;
            socket.Options.SetRequestHeader("X-User", "7");
            return socket;
        }
    }

    [Fact]
    public async Task An_upgrade_that_the_backend_answers_with_200_opens_no_tunnel()
    {
        await using var origin = await TestOrigin.SayingAsync("plain");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync(
            "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        var answer = await client.ReadAsync();
        await client.SendAsync("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
        var second = await client.ReadAsync();

        Assert.Equal((200, "plain"), (answer!.Status, answer.Body));
        // Read as a request of its own, by the gateway: not as bytes for the backend.
        Assert.Equal(200, second!.Status);
        await gateway.SettleAsync(2);
    }

    [Fact]
    public async Task An_upgrade_to_h2c_is_not_forwarded()
    {
        await using var origin = await TestOrigin.SayingAsync("plain");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        var answer = await gateway.AskRawAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");

        Assert.NotEqual(101, answer!.Status);
        Assert.All(origin.Arrivals, static a => Assert.False(a.Has("Upgrade") || a.Has("HTTP2-Settings")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_sent_events_arrive_one_by_one_and_hold_no_permit(bool http2)
    {
        var next = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            for (var i = 1; i <= 3; i++)
            {
                await http.Response.WriteAsync($"data: {i}\n\n");
                await http.Response.Body.FlushAsync();
                await next.WaitAsync(http.RequestAborted);
            }
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        using var answer = await (http2 ? gateway.Client2 : gateway.Client).GetAsync("/events", ("Accept", "text/event-stream"));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var i = 1; i <= 3; i++)
        {
            // The next event is not sent before this one was read.
            Assert.Equal($"data: {i}", await reader.ReadLineAsync().WaitAsync(Eventually.Deadline));
            Assert.Equal(string.Empty, await reader.ReadLineAsync());
            Assert.Equal(0, gateway.Host.State.Gates["marketing"].Gate.InFlight);
            next.Release();
        }

        Assert.Null(await reader.ReadLineAsync());
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count("served"));
    }

    [Fact]
    public async Task Traceparent_is_passed_on_as_it_came()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        const string Parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        using var answer = await gateway.Client.GetAsync("/", ("traceparent", Parent), ("tracestate", "vendor=1,other=2"));

        Assert.Equal(Parent, origin.Only["traceparent"]);
        Assert.Equal("vendor=1,other=2", origin.Only["tracestate"]);
    }

    [Theory]
    [InlineData("/a?q=%E4%BD%A0%20x+y&empty=&&=v&a=1&a=2")]
    [InlineData("/a?")]
    [InlineData("/a?x=%2f%2F%25")]
    [InlineData("/a%20b/%E4%BD%A0?p=/../..//;a=b")]
    [InlineData("/caf%C3%A9/:@!$&'()*+,=")]
    public async Task Path_and_query_arrive_byte_for_byte(string target)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        var answer = await gateway.AskRawAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal(200, answer!.Status);
        Assert.Equal(target, origin.Only.Target);
    }

    [Fact]
    public async Task Large_headers_and_many_cookies_pass_both_ways()
    {
        var large = new string('v', 12_000);
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.Headers["X-Large"] = large;
            for (var i = 0; i < 50; i++)
            {
                http.Response.Headers.Append("Set-Cookie", $"c{i}={i}; Path=/; Expires=Wed, 11 Nov 2026 00:00:00 GMT");
            }

            return http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        using var answer = await gateway.Client.GetAsync("/", ("X-Mine", large));

        Assert.Equal(large, origin.Only["X-Mine"]);
        Assert.Equal(large, answer.Header("X-Large"));
        var cookies = answer.Headers.GetValues("Set-Cookie").ToArray();
        Assert.Equal(50, cookies.Length);
        Assert.Equal("c49=49; Path=/; Expires=Wed, 11 Nov 2026 00:00:00 GMT", cookies[49]);
    }

    [Theory]
    [InlineData(204, null)]
    [InlineData(304, null)]
    [InlineData(301, "https://elsewhere.example/a?b=c")]
    [InlineData(302, "../up")]
    [InlineData(307, "/same")]
    [InlineData(404, null)]
    [InlineData(418, null)]
    public async Task A_status_comes_back_as_it_is(int status, string? location)
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.ETag = "\"x\"";
            http.Response.Headers.Location = location;
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        using var answer = await gateway.Client.GetAsync("/");

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(location, answer.Header("Location"));
        Assert.Equal("\"x\"", answer.Header("ETag"));
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count("served", "forward"));
    }

    [Fact]
    public async Task A_slow_drip_arrives_whole()
    {
        await using var origin = new RawOrigin(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
            for (var i = 0; i < 20; i++)
            {
                await exchange.WriteAsync("x");
                await exchange.PauseAsync(TimeSpan.FromMilliseconds(10));
            }
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        Assert.Equal(new string('x', 20), await gateway.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Interim_answers_of_a_backend_do_not_stand_for_the_answer()
    {
        await using var origin = new RawOrigin(exchange => exchange.WriteAsync(
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        var answer = await gateway.AskRawAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal((200, "ok"), (answer!.Status, answer.Body));
    }

    private static async Task EchoSocketAsync(HttpContext http)
    {
        // No middleware for sockets here: the accept key is the whole of the handshake (RFC 6455 §4.2.2).
        var key = http.Request.Headers.SecWebSocketKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
#pragma warning disable CA5350 // The protocol asks for SHA-1.
        http.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.ASCII.GetBytes(key)));
#pragma warning restore CA5350
        http.Response.Headers.Upgrade = "websocket";
        var stream = await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        using var socket = WebSocket.CreateFromStream(stream, new() { IsServer = true });
        var buffer = new byte[4096];
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(), http.RequestAborted);
            if (got.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, default);
        }
    }
}
