namespace SandGlass.EndToEnd.Tests;

/// <summary>What is malformed is refused: a 4xx or a closed connection, never a 5xx, never anything at the backend, and counted once.</summary>
public sealed class BadInputTests
{
    private const string Strict = """
        {
          "edge": { "hosts": [ "shop.example", "*.shop.example" ], "unknownHost": 421, "limits": { "body": "64KB" } },
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": {
            "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" },
            "admin": { "chain": "marketing", "match": { "path": "/admin/{**rest}" }, "answer": "closed" }
          },
          "fallbacks": { "closed": { "status": 404, "body": "not here" } }
        }
        """;

    private const string Head = "Host: shop.example\r\n";

    // name, request, the status that must come; 0: any 4xx, or a close.
    public static TheoryData<string, string, int> Malformed
    {
        get
        {
            var cases = new TheoryData<string, string, int>
            {
                { "two lengths", $"POST / HTTP/1.1\r\n{Head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400 },
                { "two equal lengths", $"POST / HTTP/1.1\r\n{Head}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400 },
                { "a list of lengths", $"POST / HTTP/1.1\r\n{Head}Content-Length: 3, 3\r\n\r\nabc", 400 },
                { "length and chunked", $"POST / HTTP/1.1\r\n{Head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
                { "a negative length", $"POST / HTTP/1.1\r\n{Head}Content-Length: -1\r\n\r\n", 400 },
                { "a huge length", $"POST / HTTP/1.1\r\n{Head}Content-Length: 99999999999999999999\r\n\r\n", 400 },
                { "an unknown coding", $"POST / HTTP/1.1\r\n{Head}Transfer-Encoding: gzip, chunked, identity\r\n\r\n0\r\n\r\n", 0 },
                { "chunked in 1.0", $"POST / HTTP/1.0\r\n{Head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
                { "no host", "GET / HTTP/1.1\r\n\r\n", 400 },
                { "two hosts", $"GET / HTTP/1.1\r\n{Head}Host: other.example\r\n\r\n", 400 },
                { "an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
                { "a user in the host", "GET / HTTP/1.1\r\nHost: a@shop.example\r\n\r\n", 400 },
                { "a blank in the host", "GET / HTTP/1.1\r\nHost: shop .example\r\n\r\n", 400 },
                { "a bad port", "GET / HTTP/1.1\r\nHost: shop.example:99999\r\n\r\n", 400 },
                { "a path in the host", "GET / HTTP/1.1\r\nHost: shop.example/x\r\n\r\n", 400 },
                { "an absolute form that differs", $"GET http://other.example/ HTTP/1.1\r\n{Head}\r\n", 400 },
                { "an unknown host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421 },
                { "an unknown host that looks alike", "GET / HTTP/1.1\r\nHost: evilshop.example\r\n\r\n", 421 },
                { "lines ended by LF", $"GET / HTTP/1.1\nHost: shop.example\n\n", 0 },
                { "one line ended by LF", $"GET / HTTP/1.1\r\nX-A: 1\n{Head}\r\n", 0 },
                { "a folded line", $"GET / HTTP/1.1\r\n{Head}X-A: 1\r\n 2\r\n\r\n", 400 },
                { "a blank before the colon", $"GET / HTTP/1.1\r\n{Head}X-A : 1\r\n\r\n", 400 },
                { "a header without a colon", $"GET / HTTP/1.1\r\n{Head}X-A\r\n\r\n", 400 },
                { "a header without a name", $"GET / HTTP/1.1\r\n{Head}: 1\r\n\r\n", 400 },
                { "a header name with quotes", $"GET / HTTP/1.1\r\n{Head}X\"A: 1\r\n\r\n", 400 },
                { "NUL in a value", $"GET / HTTP/1.1\r\n{Head}X-A: a\0b\r\n\r\n", 400 },
                { "ESC in a value", $"GET / HTTP/1.1\r\n{Head}X-A: a\u001bb\r\n\r\n", 400 },
                { "CR in a value", $"GET / HTTP/1.1\r\n{Head}X-A: a\rb\r\n\r\n", 400 },
                { "DEL in a value", $"GET / HTTP/1.1\r\n{Head}X-A: a\u007fb\r\n\r\n", 400 },
                { "TRACE", $"TRACE / HTTP/1.1\r\n{Head}\r\n", 0 },
                { "CONNECT", "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n", 0 },
                { "an asterisk", $"OPTIONS * HTTP/1.1\r\n{Head}\r\n", 0 },
                { "no version", "GET /\r\n\r\n", 0 },
                { "another version", $"GET / HTTP/3.0\r\n{Head}\r\n", 0 },
                { "version 1.2", $"GET / HTTP/1.2\r\n{Head}\r\n", 0 },
                { "a length with a plus", $"POST / HTTP/1.1\r\n{Head}Content-Length: +3\r\n\r\nabc", 400 },
                { "a length of minus nothing", $"POST / HTTP/1.1\r\n{Head}Content-Length: -0\r\n\r\n", 400 },
                { "an empty length", $"POST / HTTP/1.1\r\n{Head}Content-Length:\r\n\r\n", 400 },
                { "a length with a blank in it", $"POST / HTTP/1.1\r\n{Head}Content-Length: 3 3\r\n\r\nabc", 400 },
                { "a length in hex", $"POST / HTTP/1.1\r\n{Head}Content-Length: 0x3\r\n\r\nabc", 400 },
                { "Kestrel's name for a length beside chunks", $"POST / HTTP/1.1\r\n{Head}X-Content-Length: 9\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
                { "a method that is none", $"GE(T / HTTP/1.1\r\n{Head}\r\n", 400 },
                { "TLS on a plain port", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001", 0 },
                { "HTTP/2 on an HTTP/1.1 port", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0 },
                { "a header of 100 KB", $"GET / HTTP/1.1\r\n{Head}X-A: {new string('a', 100 << 10)}\r\n\r\n", 431 },
                { "500 header lines", $"GET / HTTP/1.1\r\n{Head}{string.Concat(Enumerable.Range(0, 500).Select(static i => $"X-{i}: 1\r\n"))}\r\n", 431 },
                { "a target of 16 KB", $"GET /{new string('a', 16 << 10)} HTTP/1.1\r\n{Head}\r\n", 414 },
                { "a body over the limit", $"POST / HTTP/1.1\r\n{Head}Content-Length: 70000\r\n\r\n{new string('b', 70000)}", 413 },
            };
            foreach (var path in new[]
            {
                "/a/..;/admin/x", "/admin;x/x", "/;/admin/x", "/admin%2fx", "/admin%2Fx", "/admin%5cx", "/admin\\x", "/%5cadmin/x", "/adm%69n%20/x",
                "/admin%20", "/admin/x%09", "/%00", "/a%0d%0ab", "/a%zz", "/a%", "/a%2", "/%252e%252e/", "/%c0%af", "/%ff", "/%c0%ae%c0%ae/admin",
                "/a<b", "/a\"b", "/a{b}", "/a|b", "/a^b", "/a`b", "/a#b", "/a\u0001b", "/a\u007fb", "/a\u00e9b", "/x%3badmin",
            })
            {
                cases.Add($"the path {path}", $"GET {path} HTTP/1.1\r\n{Head}\r\n", 400);
            }

            foreach (var method in new[] { "trace", "Trace", "track", "connect", "Connect", "head", "get", "Get", "gET", "post", "options", "delete", "query", "propfind" })
            {
                cases.Add($"the method {method}", $"{method} / HTTP/1.1\r\n{Head}\r\n", 400);
            }

            cases.Add("a control byte in the query", $"GET /?a=\u0001 HTTP/1.1\r\n{Head}\r\n", 400);
            cases.Add("NUL in the target", $"GET /a\0b HTTP/1.1\r\n{Head}\r\n", 400);
            cases.Add("a tab in the target", $"GET /a\tb HTTP/1.1\r\n{Head}\r\n", 400);
            cases.Add("a target that is no path", $"GET admin HTTP/1.1\r\n{Head}\r\n", 405);
            return cases;
        }
    }

    // Bodies are found out while they are read; the backend may have seen the head, but never a whole request.
    public static TheoryData<string, string, int> MalformedBodies => new()
    {
        { "a chunked body over the limit", $"10001\r\n{new string('b', 0x10001)}\r\n0\r\n\r\n", 413 },
        { "a chunk size that is none", "xyz\r\nabc\r\n0\r\n\r\n", 400 },
        { "a negative chunk size", "-3\r\nabc\r\n0\r\n\r\n", 400 },
        { "a huge chunk size", "FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n", 400 },
        { "a chunk longer than it says", "3\r\nabcdef\r\n0\r\n\r\n", 400 },
        { "a chunk without its end", "3\r\nabc0\r\n\r\n", 400 },
    };

    [Theory]
    [MemberData(nameof(Malformed), DisableDiscoveryEnumeration = true)]
    public async Task Is_refused_before_any_backend(string what, string request, int status)
    {
        await using var origin = await TestOrigin.SayingAsync("should not be asked");
        await using var gateway = await TestGateway.StartAsync(Strict, ("origin", origin.Address));

        using var client = await RawClient.ConnectAsync(gateway.Http);
        await client.SendAsync(request);
        var answer = await client.ReadAsync();

        if (status != 0)
        {
            Assert.True(answer?.Status == status, $"{what}: {answer?.Status}");
        }
        else
        {
            Assert.True(answer is null or { Status: >= 400 and < 500 }, $"{what}: {answer?.Status}");
        }

        Assert.Equal(0, origin.Count);
        await gateway.SettleAsync(1);
        Assert.True(gateway.Count("refused", "trust") == 1, $"{what}: {string.Join("; ", gateway.Outcomes())}");
        Assert.Empty(gateway.Host.State.Defects.Totals);
        await StillServesAsync(gateway, origin);
    }

    [Theory]
    [MemberData(nameof(MalformedBodies), DisableDiscoveryEnumeration = true)]
    public async Task A_body_is_refused_and_no_backend_takes_it_for_whole(string what, string body, int status)
    {
        var whole = 0;
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            Interlocked.Add(ref whole, http.Request.Headers.ContainsKey("X-Bad") ? 1 : 0);
            await http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(Strict, ("origin", origin.Address));

        var answer = await gateway.AskRawAsync($"POST / HTTP/1.1\r\n{Head}X-Bad: 1\r\nTransfer-Encoding: chunked\r\n\r\n{body}");

        Assert.True(answer?.Status == status, $"{what}: {answer?.Status}");
        await gateway.SettleAsync(1);
        Assert.True(gateway.Count("refused", "trust") == 1, $"{what}: {string.Join("; ", gateway.Outcomes())}");
        await StillServesAsync(gateway, origin);
        Assert.Equal(0, whole);
    }

    [Fact]
    public async Task A_chunked_body_over_the_limit_is_cut_off_before_twice_the_limit()
    {
        long taken = 0;
        await using var origin = await TestOrigin.StartAsync(async http =>
        {
            var buffer = new byte[8192];
            while (await http.Request.Body.ReadAsync(buffer) is > 0 and var read)
            {
                Interlocked.Add(ref taken, read);
            }
        });
        await using var gateway = await TestGateway.StartAsync(Strict, ("origin", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync($"POST / HTTP/1.1\r\n{Head}Transfer-Encoding: chunked\r\n\r\n");
        var chunk = $"2000\r\n{new string('b', 0x2000)}\r\n";
        for (var i = 0; i < 64; i++)
        {
            await client.SendAsync(chunk);
        }

        var answer = await client.ReadAsync();
        Assert.True(answer is null or { Status: 413 }, $"{answer?.Status}");
        await gateway.SettleAsync(1);
        Assert.Equal(1, gateway.Count("refused", "trust"));
        Assert.InRange(Interlocked.Read(ref taken), 0, 2 * (64 << 10));
    }

    [Theory]
    [InlineData("//admin//x", 404)]
    [InlineData("/./admin/x", 404)]
    [InlineData("/a/../admin/x", 404)]
    [InlineData("/%61dmin/x", 404)]
    [InlineData("/ADMIN/x", 404)]
    [InlineData("/%2e/admin/x", 404)]
    [InlineData("/a/%2e%2e/admin/x", 404)]
    [InlineData("/admin/../x", 200)]
    [InlineData("/../../x", 200)]
    public async Task A_disguise_that_can_be_undone_is_undone_before_routing(string path, int status)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Strict, ("origin", origin.Address));

        var answer = await gateway.AskRawAsync($"GET {path} HTTP/1.1\r\n{Head}\r\n");

        Assert.Equal(status, answer!.Status);
        Assert.All(origin.Arrivals, static a => Assert.Equal("/x", a.Target));
    }

    [Theory]
    [InlineData("3;\r\nabc\r\n0\r\n\r\n")]
    [InlineData("3;a=\u0001\r\nabc\r\n0\r\n\r\n")]
    [InlineData("3\r\nabc\r\n0\r\nX-T: 1\n\r\n")]
    public async Task Kestrel_lets_odd_chunk_extensions_and_trailers_pass_and_the_backend_gets_a_clean_body(string body)
    {
        // The frame is undone here and written anew by HttpClient: nothing of it can reach the backend.
        await using var origin = new RawOrigin(async exchange =>
        {
            await exchange.ReadAsync("3\r\nabc\r\n0\r\n\r\n".Length);
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using var gateway = await TestGateway.StartAsync(Strict, ("origin", origin.Address));

        var answer = await gateway.AskRawAsync($"POST / HTTP/1.1\r\n{Head}Transfer-Encoding: chunked\r\n\r\n{body}");

        Assert.True(answer is { Status: 200 or 400 }, $"{answer?.Status}");
        Assert.All(origin.Heads, static h => Assert.DoesNotContain("X-T", h, StringComparison.Ordinal));
        await gateway.SettleAsync(1);
    }

    [Theory]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("connection", "close")]
    [InlineData("keep-alive", "timeout=5")]
    [InlineData("proxy-connection", "keep-alive")]
    [InlineData("upgrade", "websocket")]
    [InlineData("te", "gzip")]
    [InlineData("x bad", "1")]
    [InlineData("x:bad", "1")]
    [InlineData("x\"bad", "1")]
    [InlineData("x\r\nbad", "1")]
    [InlineData("X-Upper", "1")]
    [InlineData("x-value", "a\r\nb: c")]
    [InlineData("x-value", "a\0b")]
    public async Task Http2_with_a_header_that_is_forbidden_there_is_refused(string name, string value)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Strict, ("origin", origin.Address));
        using var client = await RawHttp2.ConnectAsync(gateway.H2c);

        var status = await client.GetAsync("shop.example", "/x", (name, value));

        Assert.True(status is null or (>= 400 and < 500), $"{status}");
        Assert.Equal(0, origin.Count);
    }

    [Theory]
    [InlineData("trace")]
    [InlineData("connect")]
    [InlineData("get")]
    [InlineData("Head")]
    public async Task Http2_with_a_method_that_is_one_but_for_its_case_is_refused(string method)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Strict, ("origin", origin.Address));
        using var client = await RawHttp2.ConnectAsync(gateway.H2c);

        Assert.Equal(400, await client.AskAsync(method, "shop.example", "/x"));
        Assert.Equal(0, origin.Count);
        Assert.Empty(gateway.Host.State.Defects.Totals);
    }

    private static async Task StillServesAsync(TestGateway gateway, TestOrigin origin)
    {
        var next = await gateway.AskRawAsync($"GET /fine HTTP/1.1\r\n{Head}\r\n");
        Assert.Equal(200, next!.Status);
        Assert.Equal(1, origin.Arrivals.Count(static a => a.Target == "/fine"));
    }
}
