using System.Text;

namespace SandGlass.Tests.Policy.Torture;

/// <summary>The places of a valid policy into which cases are put. The sign § stands for the case, on a line of its own but inside a string.</summary>
internal static class TorturedPolicy
{
    /// <summary>Where, and the policy around it.</summary>
    public static IReadOnlyList<(string Place, byte[] Before, byte[] After)> Places { get; } =
    [
        Around("item of free JSON", "", "true,\n§\n, false", "0"),
        Around("last item of free JSON", "", "1,\n§\n", "0"),
        Around("member of free JSON", "", "{ \"a\":\n§\n, \"b\": 1 }", "0"),
        Around("key of free JSON", "", "{\n§\n: 1 }", "0"),
        Around("text of free JSON", "", "\"§\"", "0"),
        Around("name", "\"name\":\n§\n,", "", "0"),
        Around("key of the root", "\n§\n: 1,", "", "0"),
        Around("before the root's first key", "\n§\n", "", "0"),
        Around("burst of a rate limit", "", "", "\n§\n"),
        new("before the file", [], Encoding.UTF8.GetBytes("\n" + Whole("", "", "0").Replace("\"burst\": 0", "\"burst\": 5", StringComparison.Ordinal))),
        new("after the file", Encoding.UTF8.GetBytes(Whole("", "", "5") + "\n"), []),
    ];

    private static (string Place, byte[] Before, byte[] After) Around(string place, string root, string json, string burst)
    {
        string[] parts = Whole(root, json, burst == "0" ? "5" : burst).Split('§');
        return (place, Encoding.UTF8.GetBytes(parts[0]), Encoding.UTF8.GetBytes(parts[1]));
    }

    private static string Whole(string root, string json, string burst) => $$$"""
        {
          {{{root}}}
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
          "routes": { "r": { "chain": "marketing", "match": { "path": "/r/{id}" }, "rateLimits": [ "l" ], "fallback": "f" } },
          "rateLimits": { "l": { "rate": "5/s", "burst": {{{burst}}} } },
          "fallbacks": { "f": { "json": [ {{{json}}} ] } }
        }
        """;
}
