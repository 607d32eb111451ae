using System.Buffers;
using System.Globalization;

namespace SandGlass.BareYarp;

/// <summary>Bare Kestrel: one handler, no routing, answers of constants only.</summary>
internal static class KestrelHost
{
    // The gateway's refusal, word for word; its trace id is drawn anew each time, this one is not.
    private static readonly byte[] Refusal =
        """{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","title":"Too Many Requests","status":429,"layer":"rate-limit","rule":"one-a-minute","traceId":"0af7651916cd43dd8448eb211c80319c"}"""u8.ToArray();

    private static readonly byte[] Kilobyte = "{\"sku\":\"sku-1\",\"text\":\""u8.ToArray().Concat(Enumerable.Repeat((byte)'x', 999)).Concat("\"}"u8.ToArray()).ToArray();

    public static WebApplication Build(string listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(listen);
        builder.WebHost.ConfigureKestrel(static k => k.AddServerHeader = false);
        var app = builder.Build();
        app.Run(static http => http.Request.Path.Value switch
        {
            "/bare/429" => Refuse(http.Response),
            "/bare/1k" => Give(http.Response),
            "/metrics" => http.Response.WriteAsync(
                "# TYPE dotnet_gc_allocated_bytes_total counter\ndotnet_gc_allocated_bytes_total "
                + GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture) + "\n"),
            _ => NotFound(http.Response),
        });
        return app;
    }

    private static Task Refuse(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        var headers = response.Headers;
        headers["Proxy-Status"] = "sandglass; error=http_request_denied; details=\"rate-limit/one-a-minute\"";
        headers.CacheControl = "no-store";
        headers.RetryAfter = "60";
        headers["RateLimit-Policy"] = "\"one-a-minute\";q=1;w=60";
        headers["RateLimit"] = "\"one-a-minute\";r=0;t=60";
        headers.ContentType = "application/problem+json";
        return Write(response, Refusal);
    }

    private static Task Give(HttpResponse response)
    {
        response.ContentType = "application/json";
        return Write(response, Kilobyte);
    }

    private static Task NotFound(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task Write(HttpResponse response, byte[] body)
    {
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        return Task.CompletedTask;
    }
}
