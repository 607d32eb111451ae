using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>Breakers by hand: somebody knows better than the ratios, for a while.</summary>
public sealed class BreakerApiTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "rest": { "chain": "marketing", "match": { "path": "/{**rest}" }, "timeout": "5s" } }
        }
        """;

    [Fact]
    public async Task A_forced_breaker_acts_on_the_next_request_and_is_on_the_record()
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("ok"));
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        using (var before = await gateway.Client.GetAsync("/1"))
        {
            Assert.Equal(200, (int)before.StatusCode);
        }

        using var forced = await PutAsync(gateway, "rest", new { position = "open", reason = "the database is being moved", @for = "5m" });
        Assert.Equal(200, (int)forced.StatusCode);
        using var refused = await gateway.Client.GetAsync("/2");
        var listed = await gateway.Admin.GetStringAsync("/api/breakers");
        using var auto = await PutAsync(gateway, "rest", new { position = "auto", reason = "moved" });
        using var after = await gateway.Client.GetAsync("/3");

        Assert.Equal((503, 200), ((int)refused.StatusCode, (int)after.StatusCode));
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, null), 1, 600);
        Assert.Contains("\"position\":\"open\",\"forced\":true", listed, StringComparison.Ordinal);
        var audit = await gateway.Admin.GetStringAsync("/api/audit");
        Assert.Contains("the database is being moved", audit, StringComparison.Ordinal);
        Assert.Contains("breaker rest", audit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shadow")]
    [InlineData("off")]
    public async Task Forcing_a_breaker_that_acts_on_nobody_is_refused_and_taking_it_back_is_not(string mode)
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("ok"));
        await using var gateway = await TestGateway.StartAsync(
            Policy.Replace("\"timeout\"", $"\"breaker\": {{ \"mode\": \"{mode}\" }}, \"timeout\"", StringComparison.Ordinal), ("origin", origin.Address));

        using var forced = await PutAsync(gateway, "rest", new { position = "open", reason = "the database is being moved" });
        using var auto = await PutAsync(gateway, "rest", new { position = "auto", reason = "moved" });

        Assert.Equal((409, 200), ((int)forced.StatusCode, (int)auto.StatusCode));
        Assert.Contains(mode, await forced.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forced_closed_lets_pass_what_the_ratios_would_not_and_a_refusal_names_class_and_rule()
    {
        await using var origin = await TestOrigin.StartAsync(static http => { http.Response.StatusCode = 500; return Task.CompletedTask; });
        await using var gateway = await TestGateway.StartAsync(
            Policy.Replace("\"timeout\"", "\"breaker\": { \"minRequests\": 2, \"open\": \"1m\" }, \"timeout\"", StringComparison.Ordinal), ("origin", origin.Address));
        for (var i = 0; i < 5; i++)
        {
            using var failed = await gateway.Client.GetAsync("/1");
        }

        using var open = await gateway.Client.GetAsync("/2");
        using var forced = await PutAsync(gateway, "rest", new { position = "closed", reason = "two bad routes, the rest is well" });
        using var passed = await gateway.Client.GetAsync("/3");

        Assert.Equal((503, 200, 500), ((int)open.StatusCode, (int)forced.StatusCode, (int)passed.StatusCode));
        Assert.Matches("details=\"break/rest \\(sheddable-plus, [a-z-]+\\)\"", open.Header("Proxy-Status")!);
    }

    [Theory]
    [InlineData("rest", """{ "position": "ajar", "reason": "x" }""", 422)]
    [InlineData("rest", """{ "position": "open" }""", 422)]
    [InlineData("rest", """{ "position": "open", "reason": "x", "for": "3d" }""", 422)]
    [InlineData("rest", """{ "position": "open", "reason": "x", "for": "soon" }""", 422)]
    [InlineData("rest", "open", 400)]
    [InlineData("nobody", """{ "position": "open", "reason": "x" }""", 404)]
    public async Task What_makes_no_sense_changes_nothing(string route, string body, int status)
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("ok"));
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        using var content = new StringContent(body, null, "application/json");

        using var answer = await gateway.Admin.PutAsync($"/api/breakers/{route}", content);
        using var after = await gateway.Client.GetAsync("/1");

        Assert.Equal((status, 200), ((int)answer.StatusCode, (int)after.StatusCode));
        Assert.True(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString()!.Length > 10);
    }

    private static Task<HttpResponseMessage> PutAsync(TestGateway gateway, string route, object order) => gateway.Admin.PutAsJsonAsync($"/api/breakers/{route}", order);
}
