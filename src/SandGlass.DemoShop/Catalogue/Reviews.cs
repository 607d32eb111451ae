using System.Text.Json;

namespace SandGlass.DemoShop;

internal sealed record Review(string Author, int Stars, string Text);

internal sealed record ReviewPage(string Sku, double Rating, IReadOnlyList<Review> Reviews);

/// <summary>What people say of a product: made from the seed when first asked for, then kept.</summary>
internal sealed class Reviews(Catalogue catalogue)
{
    private readonly byte[]?[] pages = new byte[]?[Catalogue.Size];

    public byte[] Of(Product product) =>
        pages[product.Number - 1] ??= JsonSerializer.SerializeToUtf8Bytes(Make(product), ShopJson.Default.ReviewPage);

    private ReviewPage Make(Product product)
    {
        var random = new Random(unchecked(catalogue.Seed * 397 + product.Number));
        return new(product.Sku, product.Rating, [.. Enumerable.Range(0, product.Reviews).Select(_ => Make(product, random))]);
    }

    private static Review Make(Product product, Random random)
    {
        var stars = Math.Clamp((int)Math.Round(product.Rating + random.NextDouble() * 2 - 1), 1, 5);
        var opinions = Words.Opinions[stars - 1];
        return new(Words.Reviewers[random.Next(Words.Reviewers.Length)], stars, opinions[random.Next(opinions.Length)]);
    }
}
