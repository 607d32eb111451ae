using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What becomes of one request: asked by the verb, by the admin API, and by the request itself.</summary>
public sealed class ExplainTests
{
    private const string Policy = """
        {
          "explain": { "token": "file:token.txt" },
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "all": { "chain": "marketing", "match": { "path": "/p/{id}" }, "rateLimits": [ "l" ] }, "other": { "chain": "marketing", "match": { "path": "/q" } } },
          "rateLimits": { "l": { "rate": "1/m", "burst": 2 } }
        }
        """;

    [Fact]
    public async Task The_admin_api_tells_with_the_numbers_of_now_and_charges_nothing()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await StartAsync(origin);
        using var first = await gateway.Client.GetAsync("/p/1");

        JsonElement told = default;
        for (var i = 0; i < 5; i++)
        {
            using var answer = await gateway.Admin.PostAsJsonAsync("/api/explain", new { method = "GET", url = "/p/1", headers = new { accept = new[] { "a", "b" } }, from = "127.0.0.1" });
            Assert.Equal(200, (int)answer.StatusCode);
            told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        }

        Assert.Equal("all", told.GetProperty("route").GetProperty("name").GetString());
        Assert.Equal("its path is /q", told.GetProperty("others")[0].GetProperty("why").GetString());
        Assert.Equal(1, told.GetProperty("steps").EnumerateArray().Single(static s => s.GetProperty("rule").GetString() == "l").GetProperty("numbers").GetProperty("left").GetDouble());
        Assert.Equal("forward", told.GetProperty("end").GetProperty("outcome").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "method": "GET" }""")]
    [InlineData("""{ "method": "G T", "url": "/" }""")]
    [InlineData("""{ "method": "GET", "url": "shop.example" }""")]
    [InlineData("""{ "method": "GET", "url": "/", "from": "me" }""")]
    [InlineData("""{ "method": "GET", "url": "/", "headers": { "a": 1 } }""")]
    [InlineData("""{ "method": "GET", "url": "/", "headers": { "a b": "1" } }""")]
    public async Task The_admin_api_says_what_is_wrong_with_the_question(string question)
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await StartAsync(origin);

        using var answer = await gateway.Admin.PostAsync("/api/explain", new StringContent(question, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(422, (int)answer.StatusCode);
    }

    [Fact]
    public async Task The_admin_api_bounds_what_it_explains()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await StartAsync(origin);

        using var answer = await gateway.Admin.PostAsJsonAsync("/api/explain", new { method = "GET", url = "/" + new string('/', 1 << 20) });

        Assert.Equal(422, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_request_with_the_token_is_told_in_a_header_and_goes_on_as_ever()
    {
        await using var origin = await TestOrigin.SayingAsync("hello");
        await using var gateway = await StartAsync(origin);

        var outcomes = new List<(int Status, string? Outcome)>();
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/p/1");
            request.Headers.Add("X-SandGlass-Explain", "open sesame");
            using var answer = await gateway.Client.SendAsync(request);
            using var told = JsonDocument.Parse(answer.Headers.GetValues("X-SandGlass-Explain").Single());
            outcomes.Add(((int)answer.StatusCode, told.RootElement.GetProperty("end").GetProperty("outcome").GetString()));
        }

        using var stranger = new HttpRequestMessage(HttpMethod.Get, "/q");
        stranger.Headers.Add("X-SandGlass-Explain", "open barley");
        using var plain = await gateway.Client.SendAsync(stranger);

        Assert.Equal([(200, "forward"), (200, "forward"), (429, "refused")], outcomes);
        Assert.False(plain.Headers.Contains("X-SandGlass-Explain"));
        Assert.Equal(200, (int)plain.StatusCode);
    }

    [Fact]
    public async Task The_verb_tells_it_of_a_file()
    {
        var file = Path.Combine(Tree.Root, "config", "policy.json");

        var (code, text, error) = await Verb.RunAsync("explain", file, "GET", "https://shop.example/api//products/sku-1", "-H", "X-Forwarded-For: 203.0.113.9");
        var json = await Verb.RunAsync("explain", file, "POST", "/api/orders", "--json", "--from", "198.51.100.1");

        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains("request  GET /api//products/sku-1, read as /api/products/sku-1", text, StringComparison.Ordinal);
        Assert.Contains("client   203.0.113.9 (TCP peer 127.0.0.1)", text, StringComparison.Ordinal);
        Assert.Contains("route    product: /api/products/{sku}", text, StringComparison.Ordinal);
        using var told = JsonDocument.Parse(json.Output);
        Assert.Equal("order", told.RootElement.GetProperty("route").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("GET", "/", "-H", "no header")]
    [InlineData("GET", "shop.example")]
    [InlineData("GET", "/", "--from", "nobody")]
    public async Task The_verb_says_in_one_line_what_is_wrong_with_the_question(params string[] question)
    {
        var (code, _, error) = await Verb.RunAsync(["explain", Path.Combine(Tree.Root, "config", "policy.json"), .. question]);

        Assert.Equal(2, code);
        Assert.Single(error.Trim().Split('\n'));
    }

    private static async Task<TestGateway> StartAsync(TestOrigin origin)
    {
        var folder = TestFolder.New("e2e-");
        await File.WriteAllTextAsync(Path.Combine(folder, "token.txt"), "open sesame\n");
        return await TestGateway.StartAsync(Policy, static o => o, folder, ("origin", origin.Address));
    }
}
