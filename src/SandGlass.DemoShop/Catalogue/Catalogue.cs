namespace SandGlass.DemoShop;

/// <summary>What the shop sells: 500 products, the same for the same seed.</summary>
internal sealed class Catalogue
{
    public const int Size = 500;

    /// <summary>The offers everybody comes for; sales at full load do not empty them.</summary>
    private const int Doorbusters = 10;

    private readonly Dictionary<string, Product> bySku;

    private Catalogue(int seed, IReadOnlyList<Product> products)
    {
        Seed = seed;
        Products = products;
        bySku = products.ToDictionary(product => product.Sku);
    }

    public int Seed { get; }

    public IReadOnlyList<Product> Products { get; }

    public static Catalogue Generate(int seed)
    {
        var random = new Random(seed);
        return new(seed, [.. Enumerable.Range(1, Size).Select(number => Make(number, random))]);
    }

    public Product? Find(string? sku) => sku is null ? null : bySku.GetValueOrDefault(sku);

    private static Product Make(int number, Random random)
    {
        var shelf = Pick(random, Words.Shelves);
        var brand = Pick(random, Words.Brands);
        var name = $"{brand} {Pick(random, Words.Traits)} {Pick(random, shelf.Things)}";
        var yuan = shelf.From + (shelf.To - shelf.From) * Math.Pow(random.NextDouble(), 2);     // more cheap things than dear ones
        var stock = number <= Doorbusters ? 1_000_000 : random.Next(2_000, 50_000);
        var rating = Math.Round(3.2 + 1.7 * Math.Sqrt(random.NextDouble()), 1);
        return new(number, name, brand, shelf.Category, (long)yuan * 100 - 10, stock, Picture(Pick(random, Words.Colours)), rating, random.Next(0, 9));
    }

    /// <summary>A coloured rectangle that needs no further request.</summary>
    private static string Picture(string colour) =>
        $"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'%3E%3Crect width='4' height='3' fill='{Uri.EscapeDataString(colour)}'/%3E%3C/svg%3E";

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
