using Microsoft.AspNetCore.Routing;

namespace SandGlass.EndToEnd.Tests;

/// <summary>A gateway with both tokens, and all that its admin listener answers, read from the listener itself: what is added later is asked too.</summary>
internal static class AdminGlass
{
    public const string AdminToken = "the-admin-token-of-this-test";
    public const string ViewerToken = "the-viewer-token-of-this-test";

    private const string Policy = """
        {
          "backends": { "marketing": { "destinations": { "a": "@origin" } } },
          "routes": { "shop": { "chain": "marketing", "match": { "path": "/shop/{**rest}" }, "timeout": "5s" } },
          "fallbacks": { "busy": { "status": 503, "body": "busy" } },
          "switches": { "off": { "routes": [ "shop" ], "do": { "fallback": "busy" } } },
          "plans": { "night": { "steps": [ { "switch": "off" } ], "for": "1h" } },
          "alarms": { "queue": { "metric": "queue", "above": 100 } }
        }
        """;

    /// <summary>Starts one.</summary>
    public static Task<TestGateway> StartAsync(string origin = "http://127.0.0.1:9") =>
        TestGateway.StartAsync(Policy, static o => o with { AdminToken = AdminToken, ViewerToken = ViewerToken }, null, ("origin", origin));

    /// <summary>Every address with the methods that it takes.</summary>
    public static IReadOnlyList<(string Path, IReadOnlyList<string> Methods)> Doors(TestGateway gateway) =>
    [
        .. gateway.Host.AdminEndpoints.OfType<RouteEndpoint>()
            .GroupBy(static e => Fill(e.RoutePattern.RawText!))
            .Select(static g => (g.Key, (IReadOnlyList<string>)[.. g.SelectMany(static e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])])),
    ];

    /// <summary>What answers without a token: health, the console's files (which hold nothing), and logging in.</summary>
    public static bool NeedsNoToken(string path) =>
        path is "/" or "/healthz" or "/readyz" or "/api/login" || path.StartsWith("/console/", StringComparison.Ordinal);

    /// <summary>Asks, and does not wait for the end of a stream.</summary>
    public static async Task<HttpResponseMessage> AskAsync(
        this HttpClient client, string method, string path, string? token = null, string? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static string Fill(string pattern) => pattern switch
    {
        _ when pattern.StartsWith("/api/plans/{id}", StringComparison.Ordinal) => pattern.Replace("{id}", "night", StringComparison.Ordinal),
        _ when pattern.StartsWith("{*", StringComparison.Ordinal) => "/api/no-such-thing",
        _ => pattern.Replace("{id}", "off", StringComparison.Ordinal).Replace("{route}", "shop", StringComparison.Ordinal).Replace("{file}", "app.js", StringComparison.Ordinal),
    };
}
