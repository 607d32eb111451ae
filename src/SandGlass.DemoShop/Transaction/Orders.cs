namespace SandGlass.DemoShop;

/// <summary>
/// The orders of one transaction backend: at most <see cref="MostOrders"/>, then the oldest is forgotten, and so are keys.
/// One lock makes "look up the key, take the stock, remember the order" one step.
/// </summary>
internal sealed class Orders(string prefix, Catalogue catalogue, Stock stock, TimeProvider time)
{
    private const int MostOrders = 100_000;
    private const int FirstNumber = 100_001;

    private readonly BoundedMap<string, Order> orders = new(MostOrders);
    private readonly BoundedMap<(string User, string Key), KeptOrder> byKey = new(MostOrders);
    private readonly Lock gate = new();
    private int placed;

    public Catalogue Catalogue => catalogue;

    public Order? Find(string id) => orders.TryGet(id, out var order) ? order : null;

    /// <param name="lines">What is wanted; asked for only when the key was not seen before.</param>
    /// <param name="asked">What the client asked for, to tell a repeat from a key used for something else.</param>
    public Placing Place(string user, string? key, string asked, Func<IReadOnlyList<CartLine>> lines)
    {
        lock (gate)
        {
            if (key is not null && byKey.TryGet((user, key), out var kept))
            {
                return kept.Asked == asked ? new(kept.Order, Repeated: true) : new(null, Problem: "key-reused");
            }

            var placing = Place(user, [.. lines().Select(line => (catalogue.Find(line.Sku)!, line.Quantity!.Value))]);
            if (key is not null && placing.Order is { } order)
            {
                byKey.GetOrAdd((user, key), _ => new(order, asked));
            }

            return placing;
        }
    }

    public void Pay(Order order) => order.Pay(time.GetUtcNow());

    private Placing Place(string user, IReadOnlyList<(Product Product, int Quantity)> lines)
    {
        if (lines.Count == 0)
        {
            return new(null, Problem: "empty-cart");
        }

        if (stock.Take(lines) is not null)
        {
            return new(null, Problem: "sold-out");
        }

        var bought = lines.Select(line => new OrderLine(line.Product.Sku, line.Quantity, line.Product.PriceFen, stock.Of(line.Product))).ToList();
        var order = new Order($"{prefix}{FirstNumber + placed++}", user, bought, time.GetUtcNow());
        return new(orders.GetOrAdd(order.Id, _ => order));
    }

    private sealed record KeptOrder(Order Order, string Asked);
}

/// <summary>What became of a wish: an order, maybe one placed before, or the code of what is in the way.</summary>
internal sealed record Placing(Order? Order, bool Repeated = false, string Problem = "");
