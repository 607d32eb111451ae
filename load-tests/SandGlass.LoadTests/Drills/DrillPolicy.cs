using System.Text.Json;
using System.Text.Json.Nodes;

namespace SandGlass.LoadTests.Drills;

/// <summary>
/// The policy as the gateway gets it: with the addresses of the replicas and, where protection is off, without all that protects. What is left then is what a plain proxy does: it takes
/// turns among the destinations, forwards, and waits as long as the client does.
/// </summary>
internal static class DrillPolicy
{
    private static readonly string[] Layers = ["fallback", "switch", "rate-limit", "coalesce", "shed", "break"];
    private static readonly JsonDocumentOptions Lax = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true };

    /// <param name="policy">The policy of all drills.</param>
    /// <param name="addresses">By destination.</param>
    /// <param name="protect">Whether protection is on.</param>
    public static string Of(string policy, IReadOnlyDictionary<string, Uri> addresses, bool protect)
    {
        var root = JsonNode.Parse(policy, documentOptions: Lax)!.AsObject();
        if (!protect)
        {
            Strip(root);
        }

        foreach (var (_, backend) in root["backends"]!.AsObject())
        {
            var destinations = backend!["destinations"]!.AsObject();
            foreach (var name in destinations.Select(static d => d.Key).ToArray())
            {
                destinations[name] = addresses[name].GetLeftPart(UriPartial.Authority);
            }
        }

        return root.ToJsonString(Written);
    }

    private static void Strip(JsonObject root)
    {
        Keep(root, "name", "edge", "backends", "routes");
        root["edge"]!.AsObject()["limits"] = new JsonObject { ["body"] = "1GB" };
        root["layers"] = new JsonObject(Layers.Select(static l => KeyValuePair.Create(l, (JsonNode?)new JsonObject { ["mode"] = "off" })));
        root["shedding"] = new JsonObject { ["self"] = new JsonObject { ["mode"] = "off" } };
        foreach (var (_, backend) in root["backends"]!.AsObject())
        {
            Keep(backend!.AsObject(), "destinations");
            backend!["loadBalancing"] = "round-robin";
            backend!["concurrency"] = new JsonObject { ["initial"] = 100_000, ["max"] = 100_000 };
        }

        foreach (var (_, route) in root["routes"]!.AsObject())
        {
            Keep(route!.AsObject(), "chain", "match", "backend");
            route!["timeout"] = "1m";
        }
    }

    private static void Keep(JsonObject of, params string[] keys)
    {
        foreach (var other in of.Select(static m => m.Key).Except(keys).ToArray())
        {
            of.Remove(other);
        }
    }
}
