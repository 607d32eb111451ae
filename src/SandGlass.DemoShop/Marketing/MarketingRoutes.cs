using System.Security.Cryptography;

namespace SandGlass.DemoShop;

/// <summary>The shop window: the page, products, reviews, search. All of it may be cached for a second.</summary>
internal sealed class MarketingRoutes(ProductPages pages)
{
    private const string Briefly = "public, max-age=1";
    private const int LongestQuery = 100;
    private const int MostHits = 20;

    private static readonly Lazy<byte[]> Storefront = new(ReadStorefront);

    private readonly Reviews reviews = new(pages.Catalogue);

    public static void Map(WebApplication app, ProductPages pages)
    {
        var routes = new MarketingRoutes(pages);
        app.Routes(
            ("GET", "/", ShowStorefront),
            ("GET", "/api/products", routes.List),
            ("GET", "/api/products/{sku}", routes.Show),
            ("GET", "/api/products/{sku}/reviews", routes.ShowReviews),
            ("GET", "/api/search", routes.Search));
    }

    private static Task ShowStorefront(HttpContext context) =>
        Reply.CacheableAsync(context, "text/html; charset=utf-8", Storefront.Value, Tag(Storefront.Value), "public, max-age=60");

    private Task List(HttpContext context)
    {
        var all = pages.Catalogue.Products;
        if (Currency.Of(context.Request) is not { } currency)
        {
            return UnknownCurrency(context);
        }

        if (context.Request.Whole("page", 1, 1, int.MaxValue) is not { } page || context.Request.Whole("size", 20, 1, 100) is not { } size)
        {
            return Reply.ProblemAsync(context, 400, "bad-page", "page is from 1, size from 1 to 100");
        }

        var from = (int)Math.Min((page - 1) * size, all.Count);
        return ListAsync(context, pages.List(all.Skip(from).Take((int)size), currency, all.Count, (int)page));
    }

    private Task Show(HttpContext context)
    {
        if (Currency.Of(context.Request) is not { } currency)
        {
            return UnknownCurrency(context);
        }

        if (pages.Catalogue.Find(context.Segment("sku")) is not { } product)
        {
            return UnknownProduct(context);
        }

        var page = pages.Of(product, currency);
        return Reply.CacheableAsync(context, Reply.Json, page.Body, page.ETag, Briefly);
    }

    private Task ShowReviews(HttpContext context) =>
        pages.Catalogue.Find(context.Segment("sku")) is { } product ? ListAsync(context, reviews.Of(product)) : UnknownProduct(context);

    private Task Search(HttpContext context)
    {
        var words = context.Request.Query["q"].ToString();
        if (words.Trim().Length is 0 or > LongestQuery)
        {
            return Reply.ProblemAsync(context, 400, "bad-query", $"q has 1 to {LongestQuery} characters");
        }

        var hits = pages.Catalogue.Products.Where(product => Has(product, words.Trim())).ToList();
        return Currency.Of(context.Request) is { } currency
            ? ListAsync(context, pages.List(hits.Take(MostHits), currency, hits.Count, 1))
            : UnknownCurrency(context);
    }

    private static bool Has(Product product, string words) =>
        product.Name.Contains(words, StringComparison.OrdinalIgnoreCase) || product.Category.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static Task ListAsync(HttpContext context, byte[] body) => Reply.CacheableAsync(context, Reply.Json, body, Tag(body), Briefly);

    private static string Tag(byte[] body) => $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\"";

    private static Task UnknownProduct(HttpContext context) =>
        Reply.ProblemAsync(context, 404, "unknown-product", $"there are sku-1 to sku-{Catalogue.Size}");

    private static Task UnknownCurrency(HttpContext context) =>
        Reply.ProblemAsync(context, 400, "unknown-currency", "currency is " + string.Join(", ", Currency.All.Select(currency => currency.Code)));

    private static byte[] ReadStorefront()
    {
        using var page = typeof(MarketingRoutes).Assembly.GetManifestResourceStream("storefront.html")!;
        using var copy = new MemoryStream();
        page.CopyTo(copy);
        return copy.ToArray();
    }
}
