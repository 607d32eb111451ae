using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace SandGlass.Tests.DemoShop;

public sealed class RouteTests
{
    [Theory]
    [InlineData("marketing", "/")]
    [InlineData("marketing", "/api/products")]
    [InlineData("marketing", "/api/products/sku-1")]
    [InlineData("marketing-b", "/api/products/sku-1/reviews")]
    [InlineData("marketing", "/api/search?q=kettle")]
    [InlineData("fulfillment", "/api/shipments/o-1")]
    [InlineData("fulfillment", "/api/shipments/s-o-1")]
    [InlineData("after-sale", "/api/refunds")]
    [InlineData("transaction-dr", "/healthz")]
    [InlineData("transaction", "/_shop/stats")]
    [InlineData("transaction", "/_shop/faults")]
    [InlineData("transaction", "/_shop/marketing/stats")]
    public async Task Answers(string backend, string path)
    {
        await using var shop = await TestShop.OpenAsync();
        Assert.Equal(HttpStatusCode.OK, (await shop.To(backend).GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await shop.SendAsync(backend, HttpMethod.Head, path)).StatusCode);
    }

    [Theory]
    [InlineData("marketing", "/api/products/sku-501")]
    [InlineData("marketing", "/api/orders/o-1")]
    [InlineData("transaction", "/api/orders/o-1")]
    [InlineData("fulfillment", "/api/shipments/none")]
    [InlineData("after-sale", "/api/refunds/none")]
    [InlineData("after-sale", "/_shop/none/faults")]
    public async Task Knows_nothing_of_what_is_not_there(string backend, string path)
    {
        await using var shop = await TestShop.OpenAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await shop.To(backend).GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Echo_shows_what_arrived()
    {
        await using var shop = await TestShop.OpenAsync();
        using var answer = await shop.SendAsync("after-sale", HttpMethod.Patch, "/echo/a%2Fb?c=%20d", new { }, ("X-Twice", "1"), ("X-Twice", "2"));
        var echo = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal("PATCH", echo.GetProperty("method").GetString());
        Assert.Equal("/echo/a%2Fb?c=%20d", echo.GetProperty("target").GetString());
        Assert.Equal("1, 2", string.Join(", ", echo.GetProperty("headers").GetProperty("X-Twice").EnumerateArray()));
        Assert.Equal(2, echo.GetProperty("body").GetProperty("bytes").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("{}"u8)), echo.GetProperty("body").GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task Shipment_events_come_one_step_at_a_time()
    {
        await using var shop = await TestShop.OpenAsync();
        using var sent = await shop.SendAsync("fulfillment", HttpMethod.Post, "/api/shipments", new { orderId = "o-9001" });
        var events = await shop.To("fulfillment").GetStringAsync("/api/shipments/o-9001/events?intervalMs=1");

        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        Assert.Equal(5, events.Split("event: step\n").Length - 1);
        Assert.EndsWith("\"state\":\"delivered\"}\n\n", events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_label_comes_in_chunks_as_long_as_asked()
    {
        await using var shop = await TestShop.OpenAsync();
        using var answer = await shop.To("fulfillment").GetAsync("/api/shipments/o-1/label?bytes=1000000", HttpCompletionOption.ResponseHeadersRead);

        Assert.True(answer.Headers.TransferEncodingChunked);
        Assert.Equal(1_000_000, (await answer.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Photos_are_counted_and_hashed()
    {
        await using var shop = await TestShop.OpenAsync();
        using var asked = await shop.SendAsync("after-sale", HttpMethod.Post, "/api/refunds", new { orderId = "o-1", reason = "broken" }, ("X-User-Id", "mei"));
        var photo = new byte[3_000_000];
        using var request = new HttpRequestMessage(HttpMethod.Post, asked.Headers.Location + "/photos") { Content = new ByteArrayContent(photo) };
        request.Headers.Add("X-User-Id", "mei");
        using var answer = await shop.To("after-sale").SendAsync(request);
        var digest = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(photo.Length, digest.GetProperty("bytes").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(photo)), digest.GetProperty("sha256").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await shop.To("after-sale").GetAsync(asked.Headers.Location)).StatusCode);
    }

    [Fact]
    public async Task A_payment_is_watched_live()
    {
        await using var shop = await TestShop.OpenAsync();
        using var order = await shop.SendAsync("transaction", HttpMethod.Post, "/api/orders", new { sku = "sku-1", quantity = 1 });
        var pay = order.Headers.Location!.ToString().Replace("orders", "pay", StringComparison.Ordinal);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(new Uri(shop.Shop.Addresses["transaction"], pay + "/live")) { Scheme = "ws" }.Uri, default);

        Assert.Contains("\"unpaid\"", await ReceiveAsync(socket), StringComparison.Ordinal);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, default);
        Assert.Equal("hello", await ReceiveAsync(socket));
        await shop.SendAsync("transaction", HttpMethod.Post, pay);
        Assert.Contains("\"paid\"", await ReceiveAsync(socket), StringComparison.Ordinal);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer, default);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
