namespace SandGlass.DemoShop;

/// <summary>Placing an order, once per <c>Idempotency-Key</c>, and looking at it.</summary>
internal sealed class OrderRoutes(Carts carts, Orders orders)
{
    private const int LongestKey = 200;
    private const int MostOfOne = 99;

    public static void Map(WebApplication app, Carts carts, Orders orders)
    {
        var routes = new OrderRoutes(carts, orders);
        app.Routes(
            ("POST", "/api/orders", routes.PlaceAsync),
            ("GET", "/api/orders/{id}", routes.Show));
    }

    private Task Show(HttpContext context) =>
        orders.Find(context.Segment("id")) is { } order && Who.MaySee(context.Request, order.User)
            ? Reply.JsonAsync(context, 200, order.View, ShopJson.Default.OrderView)
            : Reply.ProblemAsync(context, 404, "unknown-order", "you have no such order");

    private async Task PlaceAsync(HttpContext context)
    {
        if (await JsonBody.ReadAsync(context, ShopJson.Default.OrderRequest) is not { } wish)
        {
            return;
        }

        var key = context.Request.Headers["Idempotency-Key"].ToString();
        await (Objection(wish, key) is var (status, code, message)
            ? Reply.ProblemAsync(context, status, code, message)
            : AnswerAsync(context, Place(Who.Of(context.Request) ?? Who.Guest, key, wish)));
    }

    private (int Status, string Code, string Message)? Objection(OrderRequest wish, string key) => wish switch
    {
        _ when key.Length > LongestKey => (400, "bad-key", $"an Idempotency-Key has at most {LongestKey} characters"),
        { Sku: null } => null,
        _ when orders.Catalogue.Find(wish.Sku) is null => (404, "unknown-product", $"there are sku-1 to sku-{Catalogue.Size}"),
        { Quantity: < 1 or > MostOfOne } => (400, "bad-quantity", $"quantity is 1 to {MostOfOne}"),
        _ => null,
    };

    private Placing Place(string user, string key, OrderRequest wish)
    {
        var kept = key.Length > 0 ? key : null;
        if (wish.Sku is not null)
        {
            var line = new CartLine(wish.Sku, wish.Quantity ?? 1);
            return orders.Place(user, kept, $"{line.Sku} x {line.Quantity}", () => [line]);
        }

        var cart = carts.Of(user);
        var placing = orders.Place(user, kept, "cart", () => cart.Lines);
        if (placing is { Order: not null, Repeated: false })
        {
            cart.Clear();
        }

        return placing;
    }

    private static Task AnswerAsync(HttpContext context, Placing placing)
    {
        if (placing.Order is { } order)
        {
            context.Response.Headers.Location = "/api/orders/" + order.Id;
            if (placing.Repeated)
            {
                context.Response.Headers["Idempotency-Replayed"] = "true";
            }

            return Reply.JsonAsync(context, 201, order.View, ShopJson.Default.OrderView);
        }

        return placing.Problem switch
        {
            "sold-out" => Reply.ProblemAsync(context, 409, placing.Problem, "not enough of it is left"),
            "empty-cart" => Reply.ProblemAsync(context, 400, placing.Problem, "name a sku, or put something into the cart first"),
            _ => Reply.ProblemAsync(context, 422, placing.Problem, "this Idempotency-Key was used for another order"),
        };
    }
}
