using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace SandGlass.Tests.DemoShop;

public sealed class OrderTests
{
    private static readonly (string, string) Wei = ("X-User-Id", "wei");

    [Fact]
    public async Task An_order_takes_from_the_stock_that_marketing_shows()
    {
        await using var shop = await TestShop.OpenAsync();
        var before = await StockAsync(shop);
        using var answer = await OrderAsync(shop, 3);
        var order = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("/api/orders/" + order.GetProperty("id").GetString(), answer.Headers.Location!.ToString());
        Assert.Equal(before - 3, await StockAsync(shop));
    }

    [Fact]
    public async Task The_same_key_orders_once()
    {
        await using var shop = await TestShop.OpenAsync();
        var before = await StockAsync(shop);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OrderAsync(shop, 2, Wei, ("Idempotency-Key", "k1"))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Single(answers.Select(answer => answer.Headers.Location).Distinct());
        Assert.Equal(7, answers.Count(answer => answer.Headers.Contains("Idempotency-Replayed")));
        Assert.Equal(before - 2, await StockAsync(shop));
    }

    [Fact]
    public async Task A_key_is_one_users_and_for_one_order()
    {
        await using var shop = await TestShop.OpenAsync();
        using var first = await OrderAsync(shop, 2, Wei, ("Idempotency-Key", "k1"));
        using var another = await OrderAsync(shop, 5, Wei, ("Idempotency-Key", "k1"));
        using var other = await OrderAsync(shop, 5, ("X-User-Id", "mei"), ("Idempotency-Key", "k1"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, another.StatusCode);
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
    }

    [Fact]
    public async Task A_cart_is_filled_ordered_and_empty_again()
    {
        await using var shop = await TestShop.OpenAsync();
        await shop.SendAsync("transaction", HttpMethod.Post, "/api/cart/items", new { sku = "sku-20", quantity = 2 }, Wei);
        await shop.SendAsync("transaction", HttpMethod.Put, "/api/cart/items/sku-21", new { quantity = 1 }, Wei);
        await shop.SendAsync("transaction", HttpMethod.Delete, "/api/cart/items/sku-21", null, Wei);
        using var answer = await shop.SendAsync("transaction", HttpMethod.Post, "/api/orders", null, Wei);
        var order = await answer.Content.ReadFromJsonAsync<JsonElement>();
        using var cart = await shop.SendAsync("transaction", HttpMethod.Get, "/api/cart", null, ("Cookie", "user=wei"));

        Assert.Equal("sku-20", Assert.Single(order.GetProperty("items").EnumerateArray()).GetProperty("sku").GetString());
        Assert.Empty((await cart.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray());
        Assert.Equal("no-store", cart.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task Says_what_is_wrong_with_an_order()
    {
        await using var shop = await TestShop.OpenAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.To("transaction").GetAsync("/api/cart")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await OrderAsync(shop, 0)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.SendAsync("transaction", HttpMethod.Post, "/api/orders", null, Wei)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.SendAsync("transaction", HttpMethod.Post, "/api/orders", "text")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await shop.SendAsync("transaction", HttpMethod.Post, "/api/orders", new { sku = "sku-0" })).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await shop.SendAsync("transaction", HttpMethod.Post, "/api/orders", new string('x', 70_000))).StatusCode);
    }

    [Fact]
    public async Task Paying_twice_is_paying_once_and_only_the_owner_sees_it()
    {
        await using var shop = await TestShop.OpenAsync();
        using var order = await OrderAsync(shop, 1, Wei);
        var pay = order.Headers.Location!.ToString().Replace("orders", "pay", StringComparison.Ordinal);
        using var first = await shop.SendAsync("transaction", HttpMethod.Post, pay, null, Wei);
        using var second = await shop.SendAsync("transaction", HttpMethod.Post, pay, null, Wei);

        Assert.Contains("\"paid\"", await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await shop.To("transaction").GetAsync(pay)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await shop.SendAsync("transaction-dr", HttpMethod.Get, pay, null, Wei)).StatusCode);
    }

    private static Task<HttpResponseMessage> OrderAsync(TestShop shop, int quantity, params (string, string)[] headers) =>
        shop.SendAsync("transaction", HttpMethod.Post, "/api/orders", new { sku = "sku-42", quantity }, headers);

    private static async Task<int> StockAsync(TestShop shop) =>
        (await shop.GetAsync("marketing", "/api/products/sku-42")).GetProperty("stock").GetInt32();
}
