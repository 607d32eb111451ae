using System.Text.Json.Nodes;
using SandGlass.LoadTests.Drills;

namespace SandGlass.LoadTests.Tests.Drills;

public sealed class DrillPolicyTests
{
    private static readonly Dictionary<string, Uri> Addresses = DrillSite.Replicas.Index().ToDictionary(static r => r.Item, static r => new Uri($"http://127.0.0.1:{9000 + r.Index}"));

    private static JsonObject Policy(bool protect) => JsonNode.Parse(DrillPolicy.Of(File.ReadAllText(DrillFiles.Shelf.PolicyFile), Addresses, protect))!.AsObject();

    [Fact]
    public void Protected_it_is_the_policy_with_the_replicas_addresses()
    {
        var policy = Policy(protect: true);

        Assert.Equal("http://127.0.0.1:9001", (string?)policy["backends"]!["shop"]!["destinations"]!["b"]);
        Assert.Equal("http://127.0.0.1:9002", (string?)policy["backends"]!["shop-dr"]!["destinations"]!["dr"]);
        Assert.Equal("shop-dr", (string?)policy["backends"]!["shop"]!["failover"]);
        Assert.NotNull(policy["rateLimits"]);
    }

    [Fact]
    public void Unprotected_nothing_is_left_but_to_forward_in_turns()
    {
        var policy = Policy(protect: false);

        Assert.Equal(["backends", "edge", "layers", "name", "routes", "shedding"], policy.Select(static m => m.Key).Order(StringComparer.Ordinal));
        Assert.All(policy["layers"]!.AsObject(), static layer => Assert.Equal("off", (string?)layer.Value!["mode"]));
        Assert.All(policy["backends"]!.AsObject(), static backend => Assert.Equal(["concurrency", "destinations", "loadBalancing"], backend.Value!.AsObject().Select(static m => m.Key).Order(StringComparer.Ordinal)));
        Assert.All(policy["routes"]!.AsObject(), static route => Assert.Equal(["backend", "chain", "match", "timeout"], route.Value!.AsObject().Select(static m => m.Key).Order(StringComparer.Ordinal)));
        Assert.Equal("round-robin", (string?)policy["backends"]!["shop"]!["loadBalancing"]);
    }
}
