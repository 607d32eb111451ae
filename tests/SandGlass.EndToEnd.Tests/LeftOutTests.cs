using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>A backend that needs a header, behind a route whose shared fetches leave it out: who brings it in is told.</summary>
public sealed class LeftOutTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/{**rest}" }, "coalesce": { "ttl": "1m" @more } } }
        }
        """;

    private static string With(string more) => Policy.Replace("@more", more, StringComparison.Ordinal);

    private static Task<TestOrigin> NeedingATenantAsync() => TestOrigin.StartAsync(static http =>
    {
        http.Response.StatusCode = http.Request.Headers.ContainsKey("X-Tenant") ? 200 : 400;
        return http.Response.WriteAsync($"for {http.Request.Headers["X-Tenant"]}");
    });

    [Fact]
    public async Task Explain_names_what_a_shared_fetch_leaves_out()
    {
        await using var origin = await TestOrigin.SayingAsync("x");
        await using var gateway = await TestGateway.StartAsync(With(", \"key\": [ \"path\", \"header:X-Shop\" ], \"send\": [ \"X-Number\" ]"), ("origin", origin.Address));

        var told = await ExplainAsync(gateway, ("X-Tenant", "t"), ("X-Shop", "s"), ("X-Number", "1"), ("Accept", "text/html"));

        Assert.Contains("leaves out X-Tenant, Accept: if the backend needs one of them, name it in coalesce.send, or in coalesce.key", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_says_nothing_of_it_where_nothing_is_left_out()
    {
        await using var origin = await TestOrigin.SayingAsync("x");
        await using var gateway = await TestGateway.StartAsync(With(", \"send\": [ \"X-Tenant\" ]"), ("origin", origin.Address));

        Assert.DoesNotContain("leaves out", await ExplainAsync(gateway, ("X-Tenant", "t")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_leads_is_asked_for_once_more_with_all_that_it_sent()
    {
        await using var origin = await NeedingATenantAsync();
        await using var gateway = await TestGateway.StartAsync(With(string.Empty), ("origin", origin.Address));

        foreach (var tenant in (string[])["a", "b"])
        {
            using var answer = await gateway.Client.GetAsync("/x", ("X-Tenant", tenant));
            Assert.Equal((200, $"for {tenant}"), ((int)answer.StatusCode, await answer.TextAsync()));
            Assert.Equal("sandglass; fwd=bypass; detail=unshareable", answer.Header("Cache-Status"));
        }

        // Once without and once with it; after that it is known for a second that it can't be shared.
        Assert.Equal(3, origin.Count);
        using var none = await gateway.Client.GetAsync("/y");
        Assert.Equal(400, (int)none.StatusCode);
    }

    [Fact]
    public async Task Who_makes_answers_fail_does_not_double_the_backends_work()
    {
        await using var origin = await TestOrigin.StartAsync(static http =>
        {
            http.Response.StatusCode = 403;
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(With(string.Empty), o => o with { Time = new LeapTime() }, null, ("origin", origin.Address));
        for (var i = 0; i < 300; i++)
        {
            using var answer = await gateway.Client.GetAsync($"/{i}", ("X-Tenant", "a"));
            Assert.Equal(403, (int)answer.StatusCode);
        }

        // Fifty at once, and ten a second while this took.
        Assert.InRange(origin.Count, 350, 550);
    }

    [Fact]
    public async Task The_log_names_it_once_in_a_while()
    {
        await using var origin = await NeedingATenantAsync();
        var folder = TestFolder.New("e2e-");
        try
        {
            var file = Path.Combine(folder, "policy.json");
            await File.WriteAllTextAsync(file, TestGateway.Fill(With(string.Empty), ("origin", origin.Address)));
            using var gateway = await ChildGateway.StartAsync(file, Path.Combine(folder, "state"));
            using var client = new HttpClient { BaseAddress = gateway.Data };
            for (var i = 0; i < 20; i++)
            {
                (await client.GetAsync($"/{i}", ("X-Tenant", "a"))).Dispose();
            }

            await Eventually.TrueAsync(() => gateway.Said.Contains("left out X-Tenant", StringComparison.Ordinal), "the log names it");
            Assert.Contains("Route all: the backend answered a shared fetch with 400", gateway.Said, StringComparison.Ordinal);
            Assert.Equal(2, gateway.Said.Split("left out X-Tenant").Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> ExplainAsync(TestGateway gateway, params (string Name, string Value)[] headers)
    {
        using var answer = await gateway.Admin.PostAsJsonAsync(
            "/api/explain", new { method = "GET", url = "/x", headers = headers.ToDictionary(static h => h.Name, static h => h.Value), from = "127.0.0.1" });
        Assert.Equal(200, (int)answer.StatusCode);
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return told.GetProperty("steps").EnumerateArray().Single(static s => s.GetProperty("layer").GetString() == "coalesce").ToString();
    }
}
