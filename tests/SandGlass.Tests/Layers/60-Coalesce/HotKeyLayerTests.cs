using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Coalesce;

public sealed class HotKeyLayerTests
{
    private static string Policy(string hot) => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
          "routes": {
            "product": { "chain": "marketing", "match": { "path": "/products/{sku}" }, "hotKeys": { {{hot}} } },
            "other": { "chain": "marketing", "match": { "path": "/other" } }
          }
        }
        """;

    [Fact]
    public async Task Finds_what_is_asked_for_most_by_its_name()
    {
        using var glass = new Glass(Policy("\"key\": \"path:sku\", \"promoteAt\": 5"));
        for (var i = 0; i < 20; i++)
        {
            await glass.GetAsync("/products/sku-1?from=" + i);
            await glass.GetAsync("/other");
        }

        await glass.GetAsync("/products/sku-2");
        var rule = Assert.Single(glass.Store.Current.HotKeys);
        var top = rule.State.Sketch.Top(rule.Plan, glass.Clock.GetTimestamp());
        Assert.Equal(["sku-1", "sku-2"], top.Select(static k => k.Label));
        Assert.Equal([true, false], top.Select(static k => k.IsHot));
        Assert.InRange(top[0].Share, 0.94, 0.96);
        Assert.Equal(top[0].Share, rule.HottestShare(glass.Clock.GetTimestamp()));
        glass.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, rule.HottestShare(glass.Clock.GetTimestamp()));
    }

    [Fact]
    public async Task Shows_no_secret_and_no_endless_name()
    {
        using var glass = new Glass(Policy("\"key\": [ \"header:X-Token\", \"query:q\" ]"));
        await glass.GetAsync("/products/1?q=" + new string('x', 500), headers: ("X-Token", "geheim"));

        var rule = Assert.Single(glass.Store.Current.HotKeys);
        var label = Assert.Single(rule.State.Sketch.Top(rule.Plan, glass.Clock.GetTimestamp())).Label!;
        Assert.DoesNotContain("geheim", label, StringComparison.Ordinal);
        Assert.StartsWith("#", label, StringComparison.Ordinal);
        Assert.InRange(label.Length, 20, 81);
    }

    [Fact]
    public async Task Keeps_its_counts_over_a_reload_unless_it_counts_by_another_key()
    {
        using var glass = new Glass(Policy("\"key\": \"path:sku\""));
        await glass.GetAsync("/products/sku-1");
        var before = Assert.Single(glass.Store.Current.HotKeys).State;

        glass.Apply(Policy("\"key\": \"path:sku\", \"promoteAt\": 500"));
        Assert.Same(before, Assert.Single(glass.Store.Current.HotKeys).State);

        glass.Apply(Policy("\"key\": \"path\""));
        Assert.NotSame(before, Assert.Single(glass.Store.Current.HotKeys).State);
    }
}
