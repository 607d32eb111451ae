using SandGlass.Guarding;
using SandGlass.Request;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Layers.Shed;

public sealed class GuardLayerTests
{
    private static readonly GuardBounds Bounds = new(1, 1, 1, 1_000);

    private static string Policy(string self = "") => $$"""
        {
          "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:7001" } } },
          "fallbacks": { "sorry": { "status": 200, "json": { "sorry": true } } },
          "routes": {
            "low": { "chain": "marketing", "criticality": "sheddable", "match": { "path": "/low" }, "fallback": "sorry" },
            "fixed": { "chain": "marketing", "criticality": "sheddable", "match": { "path": "/fixed" }, "answer": "sorry" },
            "mid": { "chain": "marketing", "criticality": "critical", "match": { "path": "/mid" } },
            "high": { "chain": "marketing", "criticality": "critical-plus", "match": { "path": "/high" } }
          },
          "shedding": { "self": { {{self}} } }
        }
        """;

    [Fact]
    public async Task Turns_the_least_critical_away_first_and_critical_plus_never()
    {
        using var glass = new Glass(Policy());
        Assert.Equal("200 200 200", await StatusesAsync(glass, "/low", "/mid", "/high"));

        Press(glass, 0.96);
        Assert.Equal("503 503 200 200", await StatusesAsync(glass, "/low", "/fixed", "/mid", "/high"));

        Press(glass, 1);
        Assert.Equal("503 503 200", await StatusesAsync(glass, "/low", "/mid", "/high"));

        Press(glass, 0.3);
        Assert.Equal("200 200 200", await StatusesAsync(glass, "/low", "/mid", "/high"));
    }

    [Fact]
    public async Task Says_who_refused_and_when_to_come_back_and_no_fallback_stands_in()
    {
        using var glass = new Glass(Policy());
        Press(glass, 1);
        var answer = await glass.GetAsync("/low");

        Assert.Equal(503, answer.Status);
        Assert.Contains("details=\"shed/gateway", answer.Header("Proxy-Status"), StringComparison.Ordinal);
        Assert.InRange(int.Parse(answer.Header("Retry-After")), 1, 10);
        Assert.Equal((1, 0), (glass.Total(RequestOutcome.Refused, Place.Shed), glass.Total(RequestOutcome.Fallback)));
    }

    [Fact]
    public async Task Only_counts_in_shadow_and_does_nothing_when_off()
    {
        using var shadow = new Glass(Policy("\"mode\": \"shadow\""));
        Press(shadow, 1);
        Assert.Equal("200 200", await StatusesAsync(shadow, "/low", "/mid"));
        Assert.Equal(2, shadow.State.Shadows.Single(static s => s.Rule == "gateway").Total);

        using var off = new Glass(Policy("\"mode\": \"off\""));
        Press(off, 1);
        Assert.Equal("200 200", await StatusesAsync(off, "/low", "/mid"));
    }

    [Fact]
    public async Task Turns_the_same_clients_away_within_an_hour_and_others_in_the_next()
    {
        using var glass = new Glass(Policy());
        Press(glass, 0.9);
        var first = await LosersAsync(glass);
        Assert.InRange(first.Length, 5, 95);
        Assert.Equal(first, await LosersAsync(glass));

        Press(glass, 0.9, hour: 1);
        Assert.NotEqual(first, await LosersAsync(glass));
    }

    [Theory]
    [InlineData(1, 0, 0.3, 0, "cpu")]
    [InlineData(0, 1, 0, 0, "memory")]
    [InlineData(0, 0, 1, 0, "threadPoolDelay")]
    [InlineData(0, 0, 0, 1_000, "connections")]
    public void Takes_the_worst_reading(double cpu, double memory, double delay, int connections, string worst)
    {
        var state = new GuardState();
        for (var i = 0; i < 100; i++)
        {
            state.Take(new(cpu, memory, delay, connections), Bounds, 0.1, 0);
        }

        Assert.Equal((worst, 1, 1, true), (state.Status.Worst, state.Status.Load, state.Status.Level, state.IsTight));
    }

    [Fact]
    public void Turns_nobody_away_for_a_processor_in_full_use_while_nobody_waits()
    {
        var state = new GuardState();
        for (var i = 0; i < 100; i++)
        {
            state.Take(new(1, 0, 0.05, 0), Bounds, 0.1, 0);
        }

        Assert.Equal((0, true), (state.Cut, state.IsTight));
    }

    [Fact]
    public void Shortens_idle_connections_before_it_refuses_anybody()
    {
        var state = new GuardState();
        for (var cpu = 0.0; !state.IsTight; cpu = Math.Min(1, cpu + 0.001))
        {
            state.Take(new(cpu, 0, 0, 0), Bounds, 0.1, 0);
        }

        Assert.Equal(0, state.Cut);
    }

    private static void Press(Glass glass, double memory, long hour = 0)
    {
        for (var i = 0; i < 200; i++)
        {
            glass.State.Guard.Take(new(0, memory, 0, 0), Bounds, 0.1, hour);
        }
    }

    private static async Task<string> StatusesAsync(Glass glass, params string[] paths)
    {
        var statuses = new List<int>();
        foreach (var path in paths)
        {
            statuses.Add((await glass.GetAsync(path)).Status);
        }

        return string.Join(' ', statuses);
    }

    private static async Task<string[]> LosersAsync(Glass glass)
    {
        var losers = new List<string>();
        for (var i = 1; i <= 100; i++)
        {
            var client = $"198.51.100.{i}";
            if ((await glass.GetAsync("/low", client)).Status == 503)
            {
                losers.Add(client);
            }
        }

        return [.. losers];
    }
}
