namespace SandGlass.Tests;

/// <summary>Short policies with one route "r" at <c>/r/{id}</c> that leads to the backend "marketing".</summary>
internal static class Policies
{
    /// <summary>More keys of the route, more sections, more keys of the backend.</summary>
    public static string With(string route = "", string sections = "", string backend = "", string path = "/r/{id}") => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" }{{After(backend)}} } },
          "routes": { "r": { "chain": "marketing", "match": { "path": "{{path}}" }{{After(route)}} } }{{After(sections)}}
        }
        """;

    /// <summary>The same with a rate limit "l" on the route.</summary>
    public static string Limit(string limit, string route = "", string sections = "") =>
        With("\"rateLimits\": [ \"l\" ]" + After(route), $"\"rateLimits\": {{ \"l\": {{ {limit} }} }}" + After(sections));

    /// <summary>The same with a switch "s" on the route.</summary>
    public static string Switch(string action, string route = "", string sections = "", string mode = "enforce", string more = "") =>
        With(route, $"\"switches\": {{ \"s\": {{ \"routes\": [ \"r\" ], \"mode\": \"{mode}\", \"do\": {{ {action} }}{After(more)} }} }}" + After(sections));

    private static string After(string more) => more.Length > 0 ? ", " + more : "";
}
