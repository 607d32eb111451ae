namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>The stories the limiter has to come through, each with what it must reach with any of eight seeds.</summary>
internal static class Stories
{
    public static readonly IReadOnlyDictionary<string, (Scenario Scenario, Report Least)> All = new Dictionary<string, (Scenario, Report)>
    {
        ["ten times the load"] = (new(), new(0.975, 0.97, 0.135, 1.2)),
        ["twice as slow"] = (Steady with { What = b => b.Slowness = 2, Slowness = 2 }, new(0.95, 0.945, 0.205, 6)),
        ["as fast as before again"] = (Steady with { When = 4, What = b => b.Slowness = 2, Later = 8, Then = b => b.Slowness = 1 }, new(0.97, 0.96, 0.175, 1)),
        ["half of the workers lost"] = (Steady with { What = b => b.Workers = 16, Left = 0.5 }, new(0.98, 0.975, 0.135, 1.5)),
        ["the mix of routes shifts"] = (new() { Weights = [2, 1, 1, 0.667] }, new(0.98, 0.975, 0.195, 1.5)),
        ["each too many slows all"] = (new() { Contention = 0.01 }, new(0.93, 0.93, 0.145, 2.5)),
        ["8 workers"] = (new() { Workers = 8, Surge = 40 }, new(0.975, 0.97, 0.135, 4)),
        // 200 ms of so few and so uneven answers settle by luck: the bound is on goodput.
        ["12 workers of uneven work"] = (new() { Workers = 12, Surge = 30, Sigma = 1.2 }, new(0.96, 0.955, 0.23, 25)),
        ["12 workers, twice as slow"] = (Steady with { Workers = 12, Surge = 25, What = b => b.Slowness = 2, Slowness = 2 }, new(0.97, 0.965, 0.205, 6)),
        ["256 workers"] = (new() { Workers = 256, Surge = 4.5, Grace = 1 }, new(0.945, 0.94, 0.15, 1.6)),
        ["a second of silence, and everybody comes back"] = (Outage with { What = b => b.Workers = 0, Then = b => b.Workers = 32 }, new(0.975, 0.97, 0.145, 1.2)),
        ["a second of errors, and everybody comes back"] = (Outage with { What = b => b.Failing = 1, Then = b => b.Failing = 0 }, new(0.97, 0.965, 0.145, 1)),
        ["one in ten fails, whatever the load"] = (Steady with { When = 2, What = b => b.Failing = 0.1 }, new(0.955, 0.97, 0.145, 6.5)),
        ["4 gateways"] = (new() { Gateways = 4 }, new(0.98, 0.975, 0.15, 1.2)),
        ["32 workers of 100 ms"] = (new() { Scale = 5, WarmUp = 8, Surge = 14 }, new(0.97, 0.96, 0.45, 3)),
        ["256 workers of 640 ms"] = (new() { Workers = 256, Scale = 32, WarmUp = 12, Surge = 30, Grace = 5 }, new(0.75, 0.7, 2.6, 22)),
        ["100 ms, twice as slow"] = (Steady with { Scale = 5, WarmUp = 8, What = b => b.Slowness = 2, Slowness = 2 }, new(0.94, 0.93, 0.9, 4)),
        ["16 gateways"] = (new() { Gateways = 16, Workers = 128, Surge = 8 }, new(0.98, 0.955, 0.16, 1.2)),
        ["4 gateways, twice as slow"] = (Steady with { Gateways = 4, What = b => b.Slowness = 2, Slowness = 2 }, new(0.975, 0.94, 0.25, 2.5)),
    };

    private static Scenario Steady => new() { Load = 3, Surge = 18, When = 5 };

    private static Scenario Outage => Steady with { Surge = 12, When = 3, Later = 1, Grace = 1 };
}
