using System.Text;
using System.Text.Json;

namespace SandGlass.DemoShop;

/// <summary>Sending an order, where its parcel is, its events as a stream, and its label as a download.</summary>
internal sealed class ShipmentRoutes(Shipments shipments, TimeProvider time)
{
    private const int LongestId = 64;
    private const long LongestLabel = 16L * 1024 * 1024 * 1024;
    private const int LabelPiece = 16 * 1024;

    public static void Map(WebApplication app, Shipments shipments, TimeProvider time)
    {
        var routes = new ShipmentRoutes(shipments, time);
        app.Routes(
            ("POST", "/api/shipments", routes.SendAsync),
            ("GET", "/api/shipments/{id}", context => routes.With(context, ShowAsync)),
            ("GET", "/api/shipments/{id}/events", context => routes.With(context, routes.StreamAsync)),
            ("GET", "/api/shipments/{id}/label", context => routes.With(context, PrintAsync)));
    }

    private Task With(HttpContext context, Func<HttpContext, Shipment, Task> act) =>
        shipments.Find(context.Segment("id")) is { } shipment
            ? act(context, shipment)
            : Reply.ProblemAsync(context, 404, "unknown-shipment", "nothing was sent for this order");

    private static Task ShowAsync(HttpContext context, Shipment shipment) =>
        Reply.JsonAsync(context, 200, shipment, ShopJson.Default.Shipment);

    private async Task SendAsync(HttpContext context)
    {
        if (await JsonBody.ReadAsync(context, ShopJson.Default.ShipmentRequest) is not { } request)
        {
            return;
        }

        if (request.OrderId is not { Length: > 0 and <= LongestId } order)
        {
            await Reply.ProblemAsync(context, 400, "bad-order", $"orderId has 1 to {LongestId} characters");
            return;
        }

        var shipment = shipments.Send(order);
        context.Response.Headers.Location = "/api/shipments/" + Uri.EscapeDataString(shipment.OrderId);
        await Reply.JsonAsync(context, 201, shipment, ShopJson.Default.Shipment);
    }

    /// <summary>Server-sent events, one per step; <c>?intervalMs=</c> says how far apart.</summary>
    private async Task StreamAsync(HttpContext context, Shipment shipment)
    {
        if (context.Request.Whole("intervalMs", 1000, 0, 600_000) is not { } interval)
        {
            await Reply.ProblemAsync(context, 400, "bad-interval", "intervalMs is 0 to 600000");
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        for (var step = 0; step < Shipments.Steps.Count; step++)
        {
            if (step > 0 && interval > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(interval), time, context.RequestAborted);
            }

            var data = JsonSerializer.Serialize(new(shipment.OrderId, step + 1, Shipments.Steps[step]), ShopJson.Default.ShipmentStep);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"id: {step + 1}\nevent: step\ndata: {data}\n\n"), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>A chunked download; <c>?bytes=</c> says how long, far beyond what anybody should buffer.</summary>
    private static async Task PrintAsync(HttpContext context, Shipment shipment)
    {
        if (context.Request.Whole("bytes", 256 * 1024, 1, LongestLabel) is not { } left)
        {
            await Reply.ProblemAsync(context, 400, "bad-bytes", $"bytes is 1 to {LongestLabel}");
            return;
        }

        context.Response.ContentType = "text/plain; charset=us-ascii";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = "attachment; filename=label.txt";
        var line = $"{shipment.Id,-64} {shipment.Carrier,-16}\n";
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, LabelPiece / line.Length + 1)));
        while (left > 0)
        {
            var now = (int)Math.Min(left, piece.Length);
            await context.Response.Body.WriteAsync(piece.AsMemory(0, now), context.RequestAborted);
            left -= now;
        }
    }
}
