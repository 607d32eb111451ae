namespace SandGlass.EndToEnd.Tests;

/// <summary>The headers that a backend sees: what Trust believes, not what clients claim.</summary>
public sealed class ToTheBackendTests
{
    private const string Trusting = """
        {
          "edge": { "trustedProxies": [ "127.0.0.1" ] },
          "backends": { "transaction": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "transaction", "match": { "path": "/{**rest}" }, "timeout": "3s" } }
        }
        """;

    [Fact]
    public async Task A_backend_learns_client_scheme_host_criticality_and_deadline()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(Trusting, ("origin", origin.Address));

        await gateway.AskRawAsync("GET / HTTP/1.1\r\nHost: shop.example:8080\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.7\r\n\r\n");

        var got = origin.Only;
        Assert.Equal("203.0.113.7", got["X-Forwarded-For"]);
        Assert.Equal("http", got["X-Forwarded-Proto"]);
        Assert.Equal("shop.example:8080", got["X-Forwarded-Host"]);
        Assert.Equal("critical-plus", got["X-SandGlass-Criticality"]);
        Assert.InRange(int.Parse(got["X-SandGlass-Deadline-Ms"]!, null), 1, 3000);
        Assert.False(got.Has("Forwarded"));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "x-forwarded-for")]
    [InlineData("X_Forwarded_For", "x-forwarded-for")]
    [InlineData("X-Forwarded-Proto", "x-forwarded-proto")]
    [InlineData("X-Forwarded-Host", "x-forwarded-host")]
    [InlineData("Forwarded", "forwarded")]
    [InlineData("X-Real-IP", "x-real-ip")]
    [InlineData("X-Client-IP", "x-client-ip")]
    [InlineData("True-Client-IP", "true-client-ip")]
    [InlineData("CF-Connecting-IP", "cf-connecting-ip")]
    [InlineData("Fastly-Client-IP", "fastly-client-ip")]
    [InlineData("X-Original-URL", "x-original-url")]
    [InlineData("X-Rewrite-URL", "x-rewrite-url")]
    [InlineData("X-HTTP-Method-Override", "x-http-method-override")]
    [InlineData("X-Forwarded-Client-Cert", "x-forwarded-client-cert")]
    [InlineData("X-Forwarded-User", "x-forwarded-user")]
    [InlineData("X-Forwarded-Of-Some-Proxy", "x-forwarded-*")]
    [InlineData("WL-Proxy-Client-IP", "wl-proxy-client-ip")]
    [InlineData("X-Envoy-External-Address", "x-envoy-external-address")]
    [InlineData("Remote_User", "remote-user")]
    [InlineData("X-SandGlass-Criticality", "x-sandglass-*")]
    [InlineData("X-SandGlass-Deadline-Ms", "x-sandglass-*")]
    [InlineData("x-sandglass-anything", "x-sandglass-*")]
    public async Task A_strangers_claim_goes_no_further_and_is_counted(string header, string label)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        using var answer = await gateway.Client.GetAsync("/", (header, "6.6.6.6"));

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.DoesNotContain(origin.Only.Headers.Values, static lines => lines.Contains("6.6.6.6"));
        Assert.Equal("127.0.0.1", origin.Only["X-Forwarded-For"]);
        var metrics = await gateway.MetricsAsync();
        Assert.Equal(1, metrics.Sum("sandglass_spoofed_headers_total", $"header=\"{label}\""));
        Assert.Equal(1, metrics.Sum("sandglass_spoofed_headers_total"));
    }

    [Theory]
    [InlineData("127.0.0.1", "X-Criticality", true)]
    [InlineData("192.0.2.1", "X-Criticality", false)]
    [InlineData("192.0.2.1", "X_Criticality", false)]
    public async Task How_critical_a_request_is_goes_on_only_from_whom_it_is_believed(string trusted, string header, bool passes)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(
            Trusting.Replace("127.0.0.1", trusted, StringComparison.Ordinal).Replace("\"backends\"", "\"shedding\": { \"criticalityHeader\": \"X-Criticality\" }, \"backends\"", StringComparison.Ordinal),
            ("origin", origin.Address));

        using var answer = await gateway.Client.GetAsync("/", (header, "sheddable"));

        Assert.Equal((passes, passes ? "sheddable" : "critical-plus"), (origin.Only.Has(header), origin.Only["X-SandGlass-Criticality"]));
        Assert.Equal(passes ? 0 : 1, (await gateway.MetricsAsync()).Sum("sandglass_spoofed_headers_total", "header=\"named-in-policy\""));
    }

    [Fact]
    public async Task Connection_cannot_strip_what_the_gateway_says()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        await gateway.AskRawAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For, X-Forwarded-Host, X-SandGlass-Criticality, X-SandGlass-Deadline-Ms\r\n\r\n");

        Assert.Equal("127.0.0.1", origin.Only["X-Forwarded-For"]);
        Assert.Equal("a", origin.Only["X-Forwarded-Host"]);
        Assert.True(origin.Only.Has("X-SandGlass-Criticality"));
        Assert.True(origin.Only.Has("X-SandGlass-Deadline-Ms"));
    }

    [Fact]
    public async Task Connection_cannot_make_an_anonymous_request_of_a_personal_one()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        await gateway.AskRawAsync("GET / HTTP/1.1\r\nHost: a\r\nCookie: s=1\r\nAuthorization: Bearer t\r\nConnection: Cookie, authorization, Host\r\n\r\n");

        Assert.Equal(("s=1", "Bearer t"), (origin.Only["Cookie"], origin.Only["Authorization"]));
    }

    [Fact]
    public async Task Headers_of_the_hop_stay_on_the_hop()
    {
        await using var origin = await TestOrigin.StartAsync(http =>
        {
            http.Response.Headers["Proxy-Authenticate"] = "Basic";
            http.Response.Headers["Keep-Alive"] = "timeout=5";
            http.Response.Headers["X-Kept"] = "yes";
            return http.Response.WriteAsync("ok");
        });
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));

        var answer = await gateway.AskRawAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nTE: gzip\r\nX-End: 2\r\n\r\n");

        Assert.Equal("2", origin.Only["X-End"]);
        foreach (var name in new[] { "X-Hop", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE" })
        {
            Assert.False(origin.Only.Has(name), name);
        }

        Assert.Equal("yes", answer!["X-Kept"]);
        Assert.Null(answer["Keep-Alive"]);
        Assert.Null(answer["Proxy-Authenticate"]);
    }

    [Theory]
    [InlineData("close, X-Hop, X-Forwarded-For", false)]
    [InlineData("X-Hop, Close", false)]
    [InlineData("keep-alive, X-Hop", true)]
    [InlineData("X-Hop,,keep-alive , TE", true)]
    [InlineData("keep-alive, close, X-Hop", false)]
    [InlineData("X-Hop", true)]
    public async Task What_is_nominated_beside_close_or_keep_alive_stays_on_the_hop_too(string connection, bool staysOpen)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await TestGateway.StartAsync(TestGateway.PassThrough, ("origin", origin.Address));
        using var client = await RawClient.ConnectAsync(gateway.Http);

        await client.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\nConnection: {connection}\r\nX-Hop: 1\r\nX-End: 2\r\n\r\n");
        Assert.Equal(200, (await client.ReadAsync())!.Status);

        Assert.False(origin.Only.Has("X-Hop"));
        Assert.Equal("2", origin.Only["X-End"]);
        Assert.Equal("127.0.0.1", origin.Only["X-Forwarded-For"]);
        Assert.Null(origin.Only["Connection"]);
        await client.SendAsync("GET /again HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(staysOpen ? 200 : null, (await client.ReadAsync())?.Status);
    }
}
