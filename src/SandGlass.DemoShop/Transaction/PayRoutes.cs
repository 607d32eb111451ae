namespace SandGlass.DemoShop;

/// <summary>Paying an order, and watching over a WebSocket that it is paid.</summary>
internal sealed class PayRoutes(Orders orders)
{
    public static void Map(WebApplication app, Orders orders)
    {
        var routes = new PayRoutes(orders);
        app.Routes(
            ("GET", "/api/pay/{id}", context => routes.With(context, ShowAsync)),
            ("POST", "/api/pay/{id}", context => routes.With(context, routes.PayAsync)),
            ("GET", "/api/pay/{id}/live", context => routes.With(context, WatchAsync)));
    }

    private Task With(HttpContext context, Func<HttpContext, Order, Task> act) =>
        orders.Find(context.Segment("id")) is { } order && Who.MaySee(context.Request, order.User)
            ? act(context, order)
            : Reply.ProblemAsync(context, 404, "unknown-order", "you have no such order");

    private static Task ShowAsync(HttpContext context, Order order) =>
        Reply.JsonAsync(context, 200, order.Payment, ShopJson.Default.PaymentView);

    private Task PayAsync(HttpContext context, Order order)
    {
        orders.Pay(order);
        return ShowAsync(context, order);
    }

    private static async Task WatchAsync(HttpContext context, Order order)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Reply.ProblemAsync(context, 426, "websocket-only", "this is a WebSocket");
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var live = new PaymentSocket(socket, order, context.RequestAborted);
        await live.RunAsync();
    }
}
