using System.Net;
using System.Net.Sockets;
using SandGlass.DemoShop;
using Xunit;

namespace SandGlass.Tests.DemoShop;

public sealed class ShopTests
{
    [Fact]
    public async Task Has_six_addresses()
    {
        await using var shop = await TestShop.OpenAsync();
        Assert.Equal(["marketing", "marketing-b", "transaction", "transaction-dr", "fulfillment", "after-sale"], shop.Shop.Addresses.Keys);
        Assert.Equal(6, shop.Shop.Addresses.Values.Distinct().Count());
    }

    [Fact]
    public async Task Replicas_are_copies_of_the_whole_shop_with_one_database()
    {
        await using var shop = new TestShop(await Shop.StartAsync(new() { Replicas = ["a", "b"] }, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(["a", "b"], shop.Shop.Addresses.Keys);

        Assert.Equal(HttpStatusCode.OK, (await shop.To("b").GetAsync("/api/products/sku-1")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await shop.SendAsync("a", HttpMethod.Post, "/api/shipments", new { orderId = "o-1" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await shop.To("b").GetAsync("/api/shipments/o-1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await shop.To("b").GetAsync("/_shop/a/stats")).StatusCode);
    }

    [Fact]
    public async Task A_taken_port_is_named_and_the_others_are_given_back()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var other = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Dispose();
        var ports = new Dictionary<string, int>(ShopOptions.AnyPort.Ports) { ["marketing"] = other, ["fulfillment"] = port };

        var e = await Assert.ThrowsAsync<ShopPortTakenException>(() => Shop.StartAsync(new() { Ports = ports }, TimeProvider.System, default));

        Assert.Equal(("fulfillment", port), (e.Backend, e.Port));
        Assert.Contains("--ports fulfillment=PORT", e.Message, StringComparison.Ordinal);
        using var again = new TcpListener(IPAddress.Loopback, other);
        again.Start();
    }

    [Fact]
    public async Task Stats_and_health_are_not_counted()
    {
        await using var shop = await TestShop.OpenAsync();
        await shop.GetAsync("fulfillment", "/healthz");
        await shop.GetAsync("fulfillment", "/_shop/stats");
        Assert.Equal(0, shop["fulfillment"].Stats().Requests);
    }

    [Theory]
    [InlineData("--ports marketing=8001,after-sale=0 --seed 5", 0, "")]
    [InlineData("--seed=-3", 0, "")]
    [InlineData("--help", 0, "usage: sandglass-shop")]
    [InlineData("--port 80", 2, "unknown option --port;")]
    [InlineData("--seed", 2, "--seed needs a value")]
    [InlineData("--seed five", 2, "--seed five is not a whole number")]
    [InlineData("--ports marketing=99999", 2, "a port from 0 to 65535, not marketing=99999")]
    [InlineData("--replicas a,a", 2, "--replicas takes different names such as a,b, not a,a")]
    [InlineData("--ports shop=80", 2, "knows no backend shop")]
    public void Reads_its_few_options(string line, int exit, string says)
    {
        var arguments = ShopArguments.Parse(line.Split(' '));

        Assert.Equal(exit, arguments.Exit);
        Assert.Contains(says, arguments.Message, StringComparison.Ordinal);
        Assert.True(exit == 0 || !arguments.Message.Contains('\n', StringComparison.Ordinal));
        Assert.Equal(says.Length == 0, arguments.Options is not null);
    }

    [Fact]
    public void Options_not_given_keep_their_default()
    {
        var options = ShopArguments.Parse(["--ports", "marketing=8001"]).Options!;
        Assert.Equal((8001, 7002, 11), (options.Ports["marketing"], options.Ports["transaction"], options.Seed));
    }
}
