namespace SandGlass.EndToEnd.Tests;

/// <summary>The secret by which the CDN proves that a request came through it.</summary>
public sealed class EdgeProofTests : IDisposable
{
    private const string Policy = """
        {
          "edge": {
            "trustedProxies": [ "127.0.0.1" ],
            "proof": { "secret": [ "file:proof.old", "file:proof.new" ] },
            "directAccess": "@access"
          },
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } }
        }
        """;

    private const string Old = "old-secret-4711";
    private const string New = "new-secret-0815";

    private readonly string _folder = TestFolder.New("proof-");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("X-Edge-Proof: old-secret-4711", true)]
    [InlineData("X-Edge-Proof: new-secret-0815", true)]
    [InlineData("x-edge-proof: new-secret-0815", true)]
    [InlineData("X-Edge-Proof: wrong", false)]
    [InlineData("X-Edge-Proof: NEW-SECRET-0815", false)]
    [InlineData("X-Edge-Proof:", false)]
    [InlineData("X-Other: 1", false)]
    [InlineData("X_Edge_Proof: old-secret-4711", false)]
    [InlineData("X-Edge-Proof: new-secret-0815\r\nx_edge-proof: old-secret-4711", true)]
    [InlineData("X-Edge-Proof: old-secret-4711\r\nX-Edge-Proof: old-secret-4711", false)]
    [InlineData("X-Edge-Proof: old-secret-4711\r\nX-Edge-Proof: new-secret-0815", false)]
    [InlineData("X-Edge-Proof: old-secret-4711, new-secret-0815", false)]
    public async Task Only_who_proves_that_he_came_through_the_cdn_is_believed_and_the_proof_goes_no_further(string lines, bool believed)
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await StartAsync("allow", origin);

        await gateway.AskRawAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.7\r\n{lines}\r\n\r\n");

        Assert.Equal(believed ? "203.0.113.7" : "127.0.0.1", origin.Only["X-Forwarded-For"]);
        Assert.False(origin.Only.Has("X-Edge-Proof") || origin.Only.Has("X_Edge_Proof") || origin.Only.Has("x_edge-proof"));
        Assert.DoesNotContain(origin.Only.Headers.Values, static v => string.Join(',', v).Contains("secret", StringComparison.Ordinal));
        Assert.Equal(believed ? 0 : 1, (await gateway.MetricsAsync()).Sum("sandglass_spoofed_headers_total", "header=\"x-forwarded-for\""));
    }

    [Fact]
    public async Task Without_the_proof_nobody_is_served_where_direct_access_is_refused()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await StartAsync("refuse", origin);

        var without = await gateway.AskRawAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var wrong = await gateway.AskRawAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Edge-Proof: wrong\r\n\r\n");
        var right = await gateway.AskRawAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Edge-Proof: {New}\r\n\r\n");

        Assert.Equal((403, 403, 200), (without!.Status, wrong!.Status, right!.Status));
        Assert.Equal(1, origin.Count);
        await gateway.SettleAsync(3);
        Assert.Equal(2, gateway.Count("refused", "trust"));
    }

    [Fact]
    public async Task A_secret_is_rotated_by_writing_its_file_and_no_line_of_the_gateway_tells_it()
    {
        await using var origin = await TestOrigin.SayingAsync("ok");
        await using var gateway = await StartAsync("refuse", origin);
        var applied = gateway.Host.Store.Reloads.Applied;

        await File.WriteAllTextAsync(Path.Combine(gateway.Folder, "proof.old"), "third-secret");
        await Eventually.TrueAsync(() => gateway.Host.Store.Reloads.Applied > applied, "the changed secret is in force");

        Assert.Equal(403, (await AskAsync(Old))!.Status);
        Assert.Equal(200, (await AskAsync(New))!.Status);
        Assert.Equal(200, (await AskAsync("third-secret"))!.Status);
        foreach (var page in new[] { "metrics", "api/status", "api/policy", "api/audit" })
        {
            Assert.DoesNotContain("-secret", await gateway.Admin.GetStringAsync(page), StringComparison.Ordinal);
        }

        Task<RawAnswer?> AskAsync(string secret) => gateway.AskRawAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Edge-Proof: {secret}\r\n\r\n");
    }

    private async Task<TestGateway> StartAsync(string access, TestOrigin origin)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "proof.old"), Old + "\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "proof.new"), New);
        return await TestGateway.StartAsync(Policy, static o => o, _folder, ("origin", origin.Address), ("access", access));
    }
}
