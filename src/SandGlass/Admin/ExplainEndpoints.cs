using System.Text.Json;
using SandGlass.Request;

namespace SandGlass.Admin;

/// <summary><c>POST /api/explain</c>: what would become of one request now, on this gateway, with its numbers.</summary>
internal static class ExplainEndpoints
{
    public static void Map(WebApplication app, AdminParts parts) => app.MapPost("/api/explain", async (HttpContext context) =>
    {
        Question? question;
        try
        {
            question = await JsonSerializer.DeserializeAsync<Question>(context.Request.Body, AdminHost.Json, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return AdminProblem.Of(400, "send {\"method\": \"GET\", \"url\": \"/\"}; headers (an object) and from (an address) are optional");
        }

        if (question is not { Method: { Length: > 0 } method, Url: { Length: > 0 } url })
        {
            return AdminProblem.Of(422, "name the request: {\"method\": \"GET\", \"url\": \"/api/products/sku-1\", \"headers\": {}, \"from\": \"203.0.113.9\"}");
        }

        if (Headers(question.Headers) is not { } headers)
        {
            return AdminProblem.Of(422, "headers are an object: a name to a text, or to a list of texts");
        }

        return RehearsedRequest.TryMake(method, url, headers, question.From ?? "127.0.0.1", out var http) is { } wrong
            ? AdminProblem.Of(422, wrong)
            : Results.Json(Explainer.Explain(parts.Host.Store.Current, http!, parts.Options.Time.GetTimestamp()), AdminHost.Json);
    });

    private static List<KeyValuePair<string, string>>? Headers(Dictionary<string, JsonElement>? written)
    {
        var read = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in written ?? [])
        {
            foreach (var one in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
            {
                if (one.ValueKind != JsonValueKind.String)
                {
                    return null;
                }

                read.Add(new(name, one.GetString()!));
            }
        }

        return read;
    }

    /// <summary>The request to explain.</summary>
    internal sealed record Question(string? Method = null, string? Url = null, Dictionary<string, JsonElement>? Headers = null, string? From = null);
}
