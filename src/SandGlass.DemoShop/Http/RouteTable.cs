using System.Globalization;

namespace SandGlass.DemoShop;

/// <summary>Routes written as a table: method, path, handler. Every GET answers HEAD too.</summary>
internal static class RouteTable
{
    public static void Routes(this WebApplication app, params ReadOnlySpan<(string Method, string Path, RequestDelegate Handler)> rows)
    {
        foreach (var (method, path, handler) in rows)
        {
            app.MapMethods(path, method == "GET" ? ["GET", "HEAD"] : [method], handler);
        }
    }

    /// <summary>A segment of the path.</summary>
    public static string Segment(this HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    /// <summary>A whole number of the query: the default when absent, null when it is no such number.</summary>
    public static long? Whole(this HttpRequest request, string name, long otherwise, long min, long max) =>
        request.Query[name].ToString() is { Length: > 0 } text
            ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
                ? value
                : null
            : otherwise;
}
