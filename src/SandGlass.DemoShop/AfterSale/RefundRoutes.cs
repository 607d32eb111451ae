namespace SandGlass.DemoShop;

/// <summary>Asking for a refund, looking at it, and sending photos of what went wrong.</summary>
internal sealed class RefundRoutes(Refunds refunds)
{
    private const int LongestText = 1000;

    public static void Map(WebApplication app, Refunds refunds)
    {
        var routes = new RefundRoutes(refunds);
        app.Routes(
            ("GET", "/api/refunds", routes.List),
            ("POST", "/api/refunds", routes.AskAsync),
            ("GET", "/api/refunds/{id}", context => routes.With(context, ShowAsync)),
            ("POST", "/api/refunds/{id}/photos", context => routes.With(context, UploadAsync)));
    }

    private Task With(HttpContext context, Func<HttpContext, Refund, Task> act) =>
        refunds.Find(context.Segment("id")) is { } refund && Who.MaySee(context.Request, refund.User)
            ? act(context, refund)
            : Reply.ProblemAsync(context, 404, "unknown-refund", "you asked for no such refund");

    private Task List(HttpContext context) =>
        Reply.JsonAsync(context, 200, new(refunds.Of(Who.Of(context.Request) ?? Who.Guest)), ShopJson.Default.RefundList);

    private static Task ShowAsync(HttpContext context, Refund refund) =>
        Reply.JsonAsync(context, 200, refund, ShopJson.Default.Refund);

    private async Task AskAsync(HttpContext context)
    {
        if (await JsonBody.ReadAsync(context, ShopJson.Default.RefundRequest) is not { } request)
        {
            return;
        }

        if (request is not { OrderId: { Length: > 0 and <= LongestText } order } || request.Reason?.Length > LongestText)
        {
            await Reply.ProblemAsync(context, 400, "bad-refund", "a refund needs an orderId, and a reason if you like");
            return;
        }

        var refund = refunds.Ask(Who.Of(context.Request) ?? Who.Guest, order, request.Reason ?? "");
        context.Response.Headers.Location = "/api/refunds/" + refund.Id;
        await Reply.JsonAsync(context, 201, refund, ShopJson.Default.Refund);
    }

    /// <summary>Any number of bytes: they are counted and hashed as they come, never kept.</summary>
    private static async Task UploadAsync(HttpContext context, Refund refund) =>
        await Reply.JsonAsync(context, 201, await BodyDigest.ReadAsync(context), ShopJson.Default.BodyDigest);
}
