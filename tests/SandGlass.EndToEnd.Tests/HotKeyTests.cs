using System.Text.Json;

namespace SandGlass.EndToEnd.Tests;

/// <summary>What is asked for most is found, whoever answers it.</summary>
public sealed class HotKeyTests
{
    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": {
            "product": { "chain": "marketing", "match": { "path": "/products/{sku}" }, "coalesce": { "ttl": "1m" },
                         "hotKeys": { "key": "path:sku", "promoteAt": 5, "share": 0.3 } }
          }
        }
        """;

    [Fact]
    public async Task Tells_the_hottest_goods_and_how_many_calls_were_saved()
    {
        await using var origin = await TestOrigin.StartAsync(static http => http.Response.WriteAsync("a product"));
        await using var gateway = await TestGateway.StartAsync(Policy, ("origin", origin.Address));
        for (var i = 0; i < 40; i++)
        {
            using var hot = await gateway.Client.GetAsync("/products/sku-7");
            using var cold = await gateway.Client.GetAsync("/products/sku-" + (100 + i));
        }

        using var answer = JsonDocument.Parse(await gateway.Admin.GetStringAsync("/api/hotkeys?top=3"));
        var route = Assert.Single(answer.RootElement.EnumerateArray());
        Assert.Equal(("product", "path:sku", 39), (route.GetProperty("route").GetString(), route.GetProperty("key").GetString(), route.GetProperty("callsSaved").GetInt32()));
        var keys = route.GetProperty("keys").EnumerateArray().ToArray();
        Assert.Equal(3, keys.Length);
        Assert.Equal(("sku-7", true), (keys[0].GetProperty("key").GetString(), keys[0].GetProperty("hot").GetBoolean()));
        Assert.False(keys[1].GetProperty("hot").GetBoolean());
        Assert.Contains("sandglass_hot_keys{route=\"product\"} 1", await gateway.Admin.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }
}
