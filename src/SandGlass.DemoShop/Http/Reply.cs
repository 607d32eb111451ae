using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;

namespace SandGlass.DemoShop;

/// <summary>Every answer with a known length is written here: whole, with its Content-Length.</summary>
internal static class Reply
{
    public const string Json = "application/json; charset=utf-8";

    /// <summary>Personal or changing: never kept by anyone on the way.</summary>
    public static Task JsonAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        return BytesAsync(context, status, Json, JsonSerializer.SerializeToUtf8Bytes(value, type));
    }

    /// <summary>An error: a code for programs and a line for people.</summary>
    public static Task ProblemAsync(HttpContext context, int status, string code, string message) =>
        JsonAsync(context, status, new Problem(code, message), ShopJson.Default.Problem);

    /// <summary>The same for everybody: may be kept for a while and asked for again by its tag.</summary>
    public static Task CacheableAsync(HttpContext context, string type, byte[] body, string etag, string cacheControl)
    {
        context.Response.Headers.ETag = etag;
        context.Response.Headers.CacheControl = cacheControl;
        if (context.Request.Headers.IfNoneMatch.Count > 0 && Matches(context.Request, etag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return BytesAsync(context, 200, type, body);
    }

    public static Task BytesAsync(HttpContext context, int status, string type, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, 0, body.Length);
    }

    private static bool Matches(HttpRequest request, string etag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var tags)
        && tags.Any(tag => tag.Tag == "*" || tag.Tag == etag);
}

internal sealed record Problem(string Code, string Message);
