using System.Net;
using SandGlass.DemoShop;
using Xunit;

namespace SandGlass.Tests.DemoShop;

public sealed class CatalogueTests
{
    [Fact]
    public void Is_the_same_for_the_same_seed()
    {
        Assert.Equal(Catalogue.Generate(7).Products, Catalogue.Generate(7).Products);
        Assert.NotEqual(Catalogue.Generate(7).Products, Catalogue.Generate(8).Products);
    }

    [Fact]
    public void Holds_sku_1_to_sku_500_at_believable_prices()
    {
        var products = Catalogue.Generate(11).Products;

        Assert.Equal(Enumerable.Range(1, 500).Select(n => $"sku-{n}"), products.Select(product => product.Sku));
        Assert.All(products, product => Assert.InRange(product.PriceFen, 1_000, 1_000_000));
        Assert.All(products, product => Assert.InRange(product.Rating, 3.2, 4.9));
        Assert.All(products, product => Assert.True(product.Stock > 0));
    }

    [Fact]
    public async Task Shows_prices_in_three_currencies()
    {
        await using var shop = await TestShop.OpenAsync();
        var fen = (await shop.GetAsync("marketing", "/api/products/sku-1")).GetProperty("price").GetInt64();
        var dollars = await shop.GetAsync("marketing", "/api/products/sku-1?currency=USD");

        Assert.Equal((long)Math.Round(fen / 7.2), dollars.GetProperty("price").GetInt64());
        Assert.Equal("USD", dollars.GetProperty("currency").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.To("marketing").GetAsync("/api/products/sku-1?currency=XYZ")).StatusCode);
    }

    [Fact]
    public async Task A_product_may_be_kept_for_a_second_and_asked_for_by_its_tag()
    {
        await using var shop = await TestShop.OpenAsync();
        using var first = await shop.To("marketing").GetAsync("/api/products/sku-3");
        var tag = first.Headers.ETag!.ToString();

        using var again = await shop.SendAsync("marketing-b", HttpMethod.Get, "/api/products/sku-3", null, ("If-None-Match", tag));

        Assert.Equal("public, max-age=1", first.Headers.CacheControl!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task Pages_are_bounded_and_cover_all()
    {
        await using var shop = await TestShop.OpenAsync();
        var last = await shop.GetAsync("marketing", "/api/products?page=5&size=100");
        var beyond = await shop.GetAsync("marketing", "/api/products?page=2000000000&size=100");

        Assert.Equal("sku-500", last.GetProperty("products")[99].GetProperty("sku").GetString());
        Assert.Equal(0, beyond.GetProperty("products").GetArrayLength());
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.To("marketing").GetAsync("/api/products?size=101")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.To("marketing").GetAsync("/api/products?page=0")).StatusCode);
    }
}
