namespace SandGlass.DemoShop;

/// <summary>One thing for sale. Prices are in fen, the minor unit of CNY; other currencies are converted when shown.</summary>
internal sealed record Product(int Number, string Name, string Brand, string Category, long PriceFen, int Stock, string Image, double Rating, int Reviews)
{
    public string Sku { get; } = $"sku-{Number}";
}
