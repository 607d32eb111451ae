namespace SandGlass.DemoShop;

/// <summary>A cart belongs to somebody, so each of these needs a user. All of them answer the cart as it is now.</summary>
internal sealed class CartRoutes(Carts carts, Catalogue catalogue)
{
    public static void Map(WebApplication app, Carts carts, Catalogue catalogue)
    {
        var routes = new CartRoutes(carts, catalogue);
        app.Routes(
            ("GET", "/api/cart", routes.Show),
            ("DELETE", "/api/cart", routes.Clear),
            ("POST", "/api/cart", routes.AddAsync),
            ("POST", "/api/cart/items", routes.AddAsync),
            ("PUT", "/api/cart/items/{sku}", routes.SetAsync),
            ("DELETE", "/api/cart/items/{sku}", context => routes.PutAsync(context, context.Segment("sku"), 0, onTop: false)));
    }

    private Task Show(HttpContext context) =>
        Who.Of(context.Request) is { } user ? ShowAsync(context, user) : NobodyAsync(context);

    private Task Clear(HttpContext context)
    {
        if (Who.Of(context.Request) is { } user)
        {
            carts.Of(user).Clear();
        }

        return Show(context);
    }

    private async Task AddAsync(HttpContext context)
    {
        if (await JsonBody.ReadAsync(context, ShopJson.Default.CartLine) is { } line)
        {
            await PutAsync(context, line.Sku, line.Quantity ?? 1, onTop: true);
        }
    }

    private async Task SetAsync(HttpContext context)
    {
        if (await JsonBody.ReadAsync(context, ShopJson.Default.CartLine) is { } line)
        {
            await PutAsync(context, context.Segment("sku"), line.Quantity ?? 1, onTop: false);
        }
    }

    private Task PutAsync(HttpContext context, string? sku, int quantity, bool onTop)
    {
        if (Who.Of(context.Request) is not { } user)
        {
            return NobodyAsync(context);
        }

        if (catalogue.Find(sku) is not { } product)
        {
            return Reply.ProblemAsync(context, 404, "unknown-product", $"there are sku-1 to sku-{Catalogue.Size}");
        }

        return quantity is >= 0 and <= Cart.MostOfOne && carts.Of(user).Put(product.Sku, quantity, onTop)
            ? ShowAsync(context, user)
            : Reply.ProblemAsync(context, 400, "cart-full", $"a cart holds {Cart.MostLines} products, {Cart.MostOfOne} of each");
    }

    private Task ShowAsync(HttpContext context, string user) =>
        Reply.JsonAsync(context, 200, new(user, carts.Of(user).Lines), ShopJson.Default.CartView);

    private static Task NobodyAsync(HttpContext context) =>
        Reply.ProblemAsync(context, 401, "no-user", "a cart needs a user: send X-User-Id, or a cookie named user");
}
