namespace SandGlass.DemoShop;

/// <summary>What each backend serves, and what they share: the two marketings show the stock that transaction sells from.</summary>
internal static class ShopServices
{
    public static IReadOnlyDictionary<string, Action<WebApplication>> For(Catalogue catalogue, TimeProvider time)
    {
        var stock = new Stock(catalogue);
        var reserve = new Stock(catalogue);
        var pages = new ProductPages(catalogue, stock);
        return new Dictionary<string, Action<WebApplication>>
        {
            ["marketing"] = routes => MarketingRoutes.Map(routes, pages),
            ["marketing-b"] = routes => MarketingRoutes.Map(routes, pages),
            ["transaction"] = routes => Transaction(routes, new("o-", catalogue, stock, time)),
            ["transaction-dr"] = routes => Transaction(routes, new("dr-", catalogue, reserve, time)),
            ["fulfillment"] = routes => ShipmentRoutes.Map(routes, new(time), time),
            ["after-sale"] = routes => RefundRoutes.Map(routes, new(time)),
        };
    }

    /// <summary>All of it from each: copies of one shop, with one database behind them.</summary>
    public static IReadOnlyDictionary<string, Action<WebApplication>> Whole(IReadOnlyList<string> replicas, Catalogue catalogue, TimeProvider time)
    {
        var stock = new Stock(catalogue);
        var (pages, orders, carts) = (new ProductPages(catalogue, stock), new Orders("o-", catalogue, stock, time), new Carts());
        var (shipments, refunds) = (new Shipments(time), new Refunds(time));
        return replicas.ToDictionary(static name => name, _ => (Action<WebApplication>)(routes =>
        {
            MarketingRoutes.Map(routes, pages);
            Transaction(routes, orders, carts);
            ShipmentRoutes.Map(routes, shipments, time);
            RefundRoutes.Map(routes, refunds);
        }));
    }

    private static void Transaction(WebApplication routes, Orders orders) => Transaction(routes, orders, new());

    private static void Transaction(WebApplication routes, Orders orders, Carts carts)
    {
        routes.UseWhen(context => context.Request.Path.StartsWithSegments("/api/pay"), pay => pay.UseWebSockets());
        CartRoutes.Map(routes, carts, orders.Catalogue);
        OrderRoutes.Map(routes, carts, orders);
        PayRoutes.Map(routes, orders);
    }
}
