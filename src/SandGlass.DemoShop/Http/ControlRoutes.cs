using System.Buffers;
using System.Text.Json;

namespace SandGlass.DemoShop;

internal sealed record Health(string Status, string Backend);

/// <summary>
/// The testers' side door: health, counters and faults of this backend, or of any other by its name, since one that is down
/// cannot be asked. Stands outside the capacity model and the counters.
/// </summary>
internal static class ControlRoutes
{
    public static void Map(ShopBackend own, IReadOnlyDictionary<string, ShopBackend> all)
    {
        own.Routes.Routes(
            ("GET", "/healthz", context => Reply.JsonAsync(context, 200, new("ok", own.Name), ShopJson.Default.Health)));
        foreach (var prefix in new[] { "/_shop", "/_shop/{backend}" })
        {
            own.Routes.Routes(
                ("GET", prefix + "/stats", context => Of(context, own, all, ShowStats)),
                ("DELETE", prefix + "/stats", context => Of(context, own, all, ClearStats)),
                ("GET", prefix + "/faults", context => Of(context, own, all, ShowFaults)),
                ("PUT", prefix + "/faults", context => Of(context, own, all, SetFaultsAsync)),
                ("DELETE", prefix + "/faults", context => Of(context, own, all, ResetFaultsAsync)));
        }
    }

    private static Task Of(HttpContext context, ShopBackend own, IReadOnlyDictionary<string, ShopBackend> all, Func<HttpContext, ShopBackend, Task> act)
    {
        var backend = context.Request.RouteValues["backend"] is string name ? all.GetValueOrDefault(name) : own;
        return backend is null
            ? WrongAsync(context, 404, "no such backend; there are " + string.Join(", ", all.Keys))
            : act(context, backend);
    }

    private static Task ShowStats(HttpContext context, ShopBackend backend) =>
        Reply.JsonAsync(context, 200, backend.Stats(), ShopJson.Default.ShopStats);

    private static Task ClearStats(HttpContext context, ShopBackend backend)
    {
        backend.ResetStats();
        return ShowStats(context, backend);
    }

    private static Task ShowFaults(HttpContext context, ShopBackend backend)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var row in FaultTable.Rows)
        {
            json.WritePropertyName(row.Name);
            row.Write(json, backend.Faults);
        }

        json.WriteEndObject();
        json.Flush();
        context.Response.Headers.CacheControl = "no-store";
        return Reply.BytesAsync(context, 200, Reply.Json, buffer.WrittenSpan.ToArray());
    }

    /// <summary>A PUT says all: what it leaves out is healthy.</summary>
    private static async Task SetFaultsAsync(HttpContext context, ShopBackend backend)
    {
        if (await JsonBody.BytesAsync(context) is not { } bytes)
        {
            return;
        }

        var (faults, error) = FaultReader.Read(bytes, backend.Defaults);
        await (faults is null ? WrongAsync(context, 400, error!) : ApplyAsync(context, backend, faults));
    }

    private static Task ResetFaultsAsync(HttpContext context, ShopBackend backend) => ApplyAsync(context, backend, backend.Defaults);

    private static async Task ApplyAsync(HttpContext context, ShopBackend backend, Faults faults)
    {
        try
        {
            await backend.SetFaultsAsync(_ => faults, context.Connection.Id, context.RequestAborted);
        }
        catch (ShopPortTakenException e)
        {
            await WrongAsync(context, 409, e.Message);
            return;
        }

        if (faults.Down)
        {
            context.Response.Headers.Connection = "close";
        }

        await ShowFaults(context, backend);
    }

    /// <summary>One line of plain text: it is read in a terminal.</summary>
    private static Task WrongAsync(HttpContext context, int status, string line) =>
        Reply.BytesAsync(context, status, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(line + "\n"));
}
