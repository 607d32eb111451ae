namespace SandGlass.DemoShop;

internal sealed record CartLine(string? Sku, int? Quantity);

internal sealed record CartView(string User, IReadOnlyList<CartLine> Items);

/// <summary>The carts of all users: at most <see cref="MostCarts"/>, then the oldest is forgotten.</summary>
internal sealed class Carts
{
    private const int MostCarts = 100_000;

    private readonly BoundedMap<string, Cart> carts = new(MostCarts);

    public Cart Of(string user) => carts.GetOrAdd(user, _ => new());
}

/// <summary>One user's cart. Its lock guards its lines.</summary>
internal sealed class Cart
{
    public const int MostLines = 50;
    public const int MostOfOne = 99;

    private readonly SortedDictionary<string, int> lines = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    public IReadOnlyList<CartLine> Lines
    {
        get
        {
            lock (gate)
            {
                return [.. lines.Select(line => new CartLine(line.Key, line.Value))];
            }
        }
    }

    /// <summary>Puts so many of it in, on top of what is there or instead; none takes it out. False when the cart is too full.</summary>
    public bool Put(string sku, int quantity, bool onTop)
    {
        lock (gate)
        {
            var now = onTop ? lines.GetValueOrDefault(sku) + quantity : quantity;
            if (now > MostOfOne || (now > 0 && !lines.ContainsKey(sku) && lines.Count >= MostLines))
            {
                return false;
            }

            if (now > 0)
            {
                lines[sku] = now;
            }
            else
            {
                lines.Remove(sku);
            }

            return true;
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            lines.Clear();
        }
    }
}
