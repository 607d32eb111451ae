namespace SandGlass.DemoShop;

/// <summary>How many of each product are left. Taking is all or nothing, under one lock; reading takes none.</summary>
internal sealed class Stock(Catalogue catalogue)
{
    private readonly int[] left = [.. catalogue.Products.Select(product => product.Stock)];
    private readonly Lock gate = new();

    public int Of(Product product) => Volatile.Read(ref left[product.Number - 1]);

    /// <summary>The product there is not enough of, or null when all was taken.</summary>
    public Product? Take(IReadOnlyList<(Product Product, int Quantity)> lines)
    {
        lock (gate)
        {
            foreach (var (product, quantity) in lines)
            {
                if (left[product.Number - 1] < quantity)
                {
                    return product;
                }
            }

            foreach (var (product, quantity) in lines)
            {
                left[product.Number - 1] -= quantity;
            }

            return null;
        }
    }
}
