namespace SandGlass.EndToEnd.Tests;

/// <summary>What a hostile page in an operator's browser can do to the admin listener: nothing, with the operator's own cookie in its hands.</summary>
public sealed class AdminBrowserTests
{
    private const string Throw = """{"on":true,"reason":"a page"}""";

    [Fact]
    public async Task A_log_in_gives_a_cookie_that_scripts_and_other_sites_never_see_and_a_log_out_ends_it()
    {
        await using var gateway = await AdminGlass.StartAsync();
        using var login = await LogInAsync(gateway, AdminGlass.AdminToken);

        var cookie = login.Header("Set-Cookie")!.Split("; ");
        Assert.Equal(204, (int)login.StatusCode);
        Assert.Contains("httponly", cookie, StringComparer.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain(AdminGlass.AdminToken, string.Concat(cookie), StringComparison.Ordinal);
        // Secure would lose it: this listener has no TLS. AdminTlsTests has one.
        Assert.DoesNotContain("secure", cookie, StringComparer.OrdinalIgnoreCase);

        Assert.Equal(200, await AsAsync(gateway, "GET", "api/status", ("Cookie", cookie[0])));
        Assert.Equal(204, await AsAsync(gateway, "POST", "api/logout", ("Cookie", cookie[0])));
        Assert.Equal(401, await AsAsync(gateway, "GET", "api/status", ("Cookie", cookie[0])));
        Assert.Equal(401, await AsAsync(gateway, "GET", "api/status", ("Cookie", "sandglass_admin=")));
    }

    [Theory]
    [InlineData(403, "Origin", "http://evil.example")]
    [InlineData(403, "Origin", "null")]
    [InlineData(403, "Origin", "")]
    [InlineData(403, "Origin", "https://@own")]
    [InlineData(403, "Origin", "http://@own.evil.example")]
    [InlineData(403, "Origin", "http://127.0.0.1:1")]
    [InlineData(403, "Sec-Fetch-Site", "cross-site")]
    [InlineData(403, "Sec-Fetch-Site", "same-site")]
    [InlineData(200, "Origin", "http://@own")]
    [InlineData(200, "Sec-Fetch-Site", "same-origin")]
    public async Task A_valid_cookie_is_of_no_use_to_another_site(int status, string header, string value)
    {
        await using var gateway = await AdminGlass.StartAsync();
        using var login = await LogInAsync(gateway, AdminGlass.AdminToken);
        var cookie = login.Header("Set-Cookie")!.Split(';')[0];
        value = value.Replace("@own", gateway.Admin.BaseAddress!.Authority, StringComparison.Ordinal);

        using var put = await gateway.Admin.AskAsync("PUT", "api/switches/off", null, Throw, ("Cookie", cookie), (header, value));
        using var preflight = await gateway.Admin.AskAsync("OPTIONS", "api/switches/off", null, null, ("Cookie", cookie), (header, value), ("Access-Control-Request-Method", "PUT"));

        Assert.Equal(status, (int)put.StatusCode);
        Assert.False(preflight.IsSuccessStatusCode);
        Assert.DoesNotContain(put.Headers.Concat(preflight.Headers), static h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        using var now = await gateway.Admin.AskAsync("GET", "api/switches/off", AdminGlass.ViewerToken);
        Assert.Contains(status == 200 ? "\"on\":true" : "\"on\":false", await now.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_origins_are_none_of_ours()
    {
        await using var gateway = await AdminGlass.StartAsync();
        var own = gateway.Admin.BaseAddress!.Authority;

        var answer = await RawClient.AskAsync(
            new(gateway.Host.AdminAddress),
            $"PUT /api/switches/off HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\nOrigin: http://evil.example\r\nAuthorization: Bearer {AdminGlass.AdminToken}\r\nContent-Length: {Throw.Length}\r\n\r\n{Throw}");

        Assert.Equal(403, answer!.Status);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example:@port")]
    [InlineData("localhost.evil.example:@port")]
    [InlineData("127.0.0.1:1")]
    [InlineData("")]
    public async Task A_host_that_is_not_its_own_gets_nothing_whatever_it_knows(string host)
    {
        await using var gateway = await AdminGlass.StartAsync();
        host = host.Replace("@port", $"{gateway.Admin.BaseAddress!.Port}", StringComparison.Ordinal);

        foreach (var path in (string[])["/", "/healthz", "/metrics", "/api/status", "/api/stream", "/console/app.js"])
        {
            var answer = await RawClient.AskAsync(
                new(gateway.Host.AdminAddress), $"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {AdminGlass.AdminToken}\r\n\r\n");
            // An empty one may be Kestrel's to refuse.
            Assert.True(answer!.Status is 421 or 400, $"{host} {path}: {answer.Status}");
        }
    }

    private static Task<HttpResponseMessage> LogInAsync(TestGateway gateway, string token) =>
        gateway.Admin.AskAsync("POST", "api/login", null, $$"""{"token":"{{token}}"}""");

    private static async Task<int> AsAsync(TestGateway gateway, string method, string path, params (string Name, string Value)[] headers)
    {
        using var answer = await gateway.Admin.AskAsync(method, path, null, null, headers);
        return (int)answer.StatusCode;
    }
}
