namespace SandGlass.Algorithms.Tests.Simulation;

/// <summary>The stories the limiter has to come through, each with what it must reach with any of eight seeds. "Told": before a backend that says how long requests waited there.</summary>
internal static class Stories
{
    public static readonly IReadOnlyDictionary<string, (Scenario Scenario, Report Least)> All = new Dictionary<string, (Scenario, Report)>
    {
        ["ten times the load"] = (new(), new(0.99, 0.98, 0.18, 0.4)),
        ["twice as slow"] = (Steady with { What = b => b.Slowness = 2, Slowness = 2 }, new(0.985, 0.98, 0.215, 1.6)),
        ["as fast as before again"] = (Steady with { When = 4, What = b => b.Slowness = 2, Later = 8, Then = b => b.Slowness = 1 }, new(0.995, 0.935, 0.115, 0.4)),
        ["half of the workers lost"] = (Steady with { What = b => b.Workers = 16, Left = 0.5 }, new(0.99, 0.985, 0.18, 3.6)),
        ["the mix of routes shifts"] = (new() { Weights = [2, 1, 1, 0.667] }, new(0.99, 0.985, 0.24, 0.4)),
        ["each too many slows all"] = (new() { Contention = 0.01 }, new(0.935, 0.93, 0.19, 0.5)),
        ["100 ms, each too many slows all"] = (new() { Scale = 5, WarmUp = 8, Surge = 30, Contention = 0.01 }, new(0.925, 0.915, 0.465, 2.2)),
        ["8 workers"] = (new() { Workers = 8, Surge = 40 }, new(0.99, 0.985, 0.195, double.NaN)),
        // 200 ms of so few and so uneven answers settle by luck: the bound is on goodput.
        ["12 workers of uneven work"] = (new() { Workers = 12, Surge = 30, Sigma = 1.2 }, new(0.98, 0.97, 0.23, double.NaN)),
        ["12 workers, twice as slow"] = (Steady with { Workers = 12, Surge = 25, What = b => b.Slowness = 2, Slowness = 2 }, new(0.99, 0.98, 0.225, 4)),
        ["256 workers"] = (new() { Workers = 256, Surge = 4.5, Grace = 1 }, new(0.995, 0.985, 0.195, 0.7)),
        ["a second of silence, and everybody comes back"] = (Outage with { What = b => b.Workers = 0, Then = b => b.Workers = 32 }, new(0.99, 0.96, 0.09, 3.5)),
        ["a second of errors, and everybody comes back"] = (Outage with { What = b => b.Failing = 1, Then = b => b.Failing = 0 }, new(0.99, 0.97, 0.09, 0.4)),
        ["one in ten fails, whatever the load"] = (Steady with { When = 2, What = b => b.Failing = 0.1 }, new(0.975, 0.98, 0.09, 0.8)),
        ["4 gateways"] = (new() { Gateways = 4 }, new(0.995, 0.985, 0.23, double.NaN)),
        ["32 workers of 100 ms"] = (new() { Scale = 5, WarmUp = 8, Surge = 14 }, new(0.98, 0.97, 0.49, 1.4)),
        ["256 workers of 640 ms"] = (new() { Workers = 256, Scale = 32, WarmUp = 12, Surge = 30, Grace = 5 }, new(0.9, 0.865, 2.66, 14.6)),
        ["100 ms, twice as slow"] = (Steady with { Scale = 5, WarmUp = 8, What = b => b.Slowness = 2, Slowness = 2 }, new(0.985, 0.97, 0.985, 3.2)),
        ["16 gateways"] = (new() { Gateways = 16, Workers = 128, Surge = 8 }, new(0.995, 0.985, 0.23, double.NaN)),
        ["a fleet of 16 before 8 workers of 40 ms"] = (new() { Gateways = 16, Workers = 8, Scale = 2, WarmUp = 8, Surge = 30, Hints = true }, new(0.995, 0.995, 0.39, double.NaN) { Fairness = 0.98 }),
        ["a fleet of 16 before 32 workers of 100 ms"] = (new() { Gateways = 16, Scale = 5, WarmUp = 8, Surge = 30, Hints = true }, new(0.995, 0.99, 0.59, 2.6) { Fairness = 0.97 }),
        ["a fleet of 16 before 256 workers"] = (new() { Gateways = 16, Workers = 256, Surge = 6, Grace = 1, Hints = true }, new(0.995, 0.985, 0.185, 0.4) { Fairness = 0.89 }),
        ["a fleet of 16 that knows nothing yet, before 8 workers of 80 ms"] = (Cold with { Workers = 8, Scale = 4, WarmUp = 8, Stays = 1, Grace = 1 }, new(0.96, 0.92, 0.775, double.NaN) { Fairness = 0.98, Kept = 0.995 }),
        ["a fleet of 16 that knows nothing yet, before 32 workers of 320 ms"] = (Cold with { Workers = 32, Scale = 16, WarmUp = 16, Surge = 14, Stays = 2.56, Grace = 2 }, new(0.975, 0.91, 1.73, 4.2) { Fairness = 0.98, Kept = 0.98 }),
        ["a fleet of 16 that knows nothing yet, before 256 workers of 1280 ms"] = (Cold with { Workers = 256, Scale = 64, WarmUp = 40, Surge = 26, Stays = 10.24, Grace = 5 }, new(0.985, 0.955, 5.15, double.NaN) { Fairness = 0.98, Kept = 0.975 }),
        ["a fleet of 4 that knows nothing yet, before 256 workers of 640 ms"] = (Cold with { Gateways = 4, Workers = 256, Scale = 32, WarmUp = 24, Surge = 18, Stays = 5.12, Grace = 3 }, new(0.945, 0.94, 2.365, double.NaN) { Fairness = 0.98, Kept = 0.99 }),
        ["a fleet of 4 that knows nothing yet, before 8 workers of 40 ms"] = (Cold with { Gateways = 4, Workers = 8, Scale = 2, WarmUp = 8, Stays = 1, Grace = 1 }, new(0.995, 0.985, 0.33, double.NaN) { Fairness = 0.99, Kept = 0.995 }),
        ["a fleet of 16, twice as slow"] = (Steady with { Gateways = 16, Scale = 5, WarmUp = 8, Hints = true, Surge = 30, What = b => b.Slowness = 2, Slowness = 2 }, new(0.99, 0.925, 0.895, 3) { Fairness = 0.975 }),
        ["a fleet of 16 before 8 workers, twice as slow"] = (Steady with { Gateways = 16, Workers = 8, Scale = 4, WarmUp = 8, Hints = true, Surge = 30, What = b => b.Slowness = 2, Slowness = 2 }, new(0.995, 0.91, 1.475, double.NaN) { Fairness = 0.98 }),
        ["a fleet of 16 before 64 workers of 400 ms, twice as slow"] = (Steady with { Gateways = 16, Workers = 64, Scale = 20, WarmUp = 25, Hints = true, Surge = 60, What = b => b.Slowness = 2, Slowness = 2 }, new(0.57, 0.55, 3.195, double.NaN) { Fairness = 0.98 }),
        ["a fleet of 16, a quarter slower"] = (Steady with { Gateways = 16, Scale = 5, WarmUp = 8, Hints = true, Surge = 30, What = b => b.Slowness = 1.25, Slowness = 1.25 }, new(0.99, 0.955, 0.765, 4.2) { Fairness = 0.965 }),
        ["a fleet of 16, half of the workers lost"] = (Steady with { Gateways = 16, Scale = 5, WarmUp = 8, Hints = true, Surge = 30, What = b => b.Workers = 16, Left = 0.5 }, new(0.995, 0.935, 0.745, 3.4) { Fairness = 0.98 }),
        ["a fleet of 16, three times as slow"] = (Steady with { Gateways = 16, Scale = 5, WarmUp = 8, Hints = true, Surge = 30, What = b => b.Slowness = 3, Slowness = 3 }, new(0.995, 0.985, 1.31, 3) { Fairness = 0.98 }),
        ["a second gateway starts before 8 busy workers of 400 ms"] = (Steady with { Workers = 8, Scale = 20, WarmUp = 30, Surge = 60, When = 10, Gateways = 2, Joins = true, Hints = true, What = static _ => { } }, new(0.99, 0.925, 4.005, 11.1) { Fairness = 0.935, CriticalLost = 206 }),
        ["a fleet of 2 before 8 workers of 320 ms"] = (new() { Load = 10, Workers = 8, Scale = 16, WarmUp = 30, Surge = 60, Gateways = 2, Hints = true }, new(0.97, 0.97, 1.57, 3.3) { Fairness = 0.98, CriticalLost = 5249 }),
        ["a fleet of 4 that tell each other"] = (new() { Gateways = 4, Hints = true }, new(0.99, 0.985, 0.185, 0.4) { Fairness = 0.99 }),
        ["a fleet of 4 on 100 ms"] = (new() { Scale = 5, WarmUp = 8, Surge = 30, Gateways = 4, Hints = true }, new(0.975, 0.97, 0.475, 3.6) { Fairness = 0.99 }),
        ["a gateway joins a fleet"] = (Steady with { Gateways = 4, Joins = true, Hints = true, What = static _ => { } }, new(0.99, 0.97, 0.12, 3) { Fairness = 0.98, CriticalLost = 50 }),
        ["a gateway joins a fleet on 100 ms"] = (Steady with { Scale = 5, WarmUp = 8, Surge = 30, Gateways = 4, Joins = true, Hints = true, What = static _ => { } }, new(0.985, 0.95, 0.46, 1.2) { Fairness = 0.98, CriticalLost = 60 }),
        ["100 ms, a quarter slower"] = (Steady with { Scale = 5, WarmUp = 8, Surge = 35, What = b => b.Slowness = 1.25, Slowness = 1.25 }, new(0.96, 0.955, 0.495, 4.2) { CriticalLost = 1 }),
        ["a quarter slower"] = (Steady with { Surge = 35, What = b => b.Slowness = 1.25, Slowness = 1.25 }, new(0.98, 0.98, 0.11, 2.6) { CriticalLost = 82 }),
        ["a fleet of 4 at three times, 100 ms"] = (new() { Load = 3, Scale = 5, WarmUp = 8, Surge = 60, Gateways = 4, Hints = true }, new(0.975, 0.97, 0.44, 3.4) { Fairness = 0.99, CriticalLost = 1 }),
        ["drift on 100 ms"] = (Drifting with { Scale = 5, WarmUp = 8 }, new(1.02, 0.985, 0.425, 1.2) { CriticalLost = 169 }),
        ["told: ten times the load"] = (new() { Tells = true }, new(0.995, 0.985, 0.185, 0.4)),
        ["told: each too many slows all"] = (new() { Tells = true, Contention = 0.01 }, new(0.965, 0.955, 0.19, 2.4)),
        ["told: 100 ms, each too many slows all"] = (new() { Tells = true, Scale = 5, WarmUp = 8, Surge = 30, Contention = 0.01 }, new(0.965, 0.955, 0.44, 1.4)),
        ["told: twice as slow"] = (Steady with { Tells = true, What = b => b.Slowness = 2, Slowness = 2 }, new(0.995, 0.985, 0.215, 0.4)),
        ["told: 100 ms, twice as slow"] = (Steady with { Tells = true, Scale = 5, WarmUp = 8, What = b => b.Slowness = 2, Slowness = 2 }, new(0.99, 0.98, 0.89, 1.9)),
        ["told: 100 ms, a quarter slower"] = (Steady with { Tells = true, Scale = 5, WarmUp = 8, Surge = 35, What = b => b.Slowness = 1.25, Slowness = 1.25 }, new(0.995, 0.98, 0.48, 1.6) { CriticalLost = 1 }),
        ["told: half of the workers lost"] = (Steady with { Tells = true, What = b => b.Workers = 16, Left = 0.5 }, new(0.995, 0.985, 0.175, 0.4)),
        ["told: 256 workers of 640 ms"] = (new() { Tells = true, Workers = 256, Scale = 32, WarmUp = 12, Surge = 30, Grace = 5 }, new(0.99, 0.935, 2.455, 8.2)),
        ["told: 8 workers of 40 ms, 4 gateways"] = (new() { Tells = true, Workers = 8, Scale = 2, WarmUp = 8, Surge = 30, Gateways = 4 }, new(0.995, 0.985, 0.58, 9.6)),
        ["told: 4 gateways at three times, 100 ms"] = (new() { Tells = true, Load = 3, Scale = 5, WarmUp = 8, Surge = 60, Gateways = 4 }, new(0.995, 0.985, 0.41, 1.4) { Fairness = 0.98, CriticalLost = 1 }),
        ["told: 16 gateways"] = (new() { Tells = true, Gateways = 16, Workers = 128, Surge = 8 }, new(0.995, 0.985, 0.18, 0.9)),
        ["told: drift on 100 ms"] = (Drifting with { Tells = true, Scale = 5, WarmUp = 8 }, new(1.03, 0.985, 0.395, 1.2) { CriticalLost = 1 }),
        ["4 gateways, twice as slow"] = (Steady with { Gateways = 4, What = b => b.Slowness = 2, Slowness = 2 }, new(0.995, 0.985, 0.39, 3.6)),
    };

    // As load-tests/overload.sh --scenario workers has it: ten seconds or a little more, and judged from the first second on.
    private static Scenario Cold => new() { Gateways = 16, Surge = 10, Hints = true, Attempts = 1, Back = 10 };

    private static Scenario Steady => new() { Load = 3, Surge = 18, When = 5 };

    // The speeds of load-tests/overload.sh --scenario drift: the critical class always fits.
    private static Scenario Drifting => new()
    {
        Load = 3,
        Surge = 300,
        Course = [.. new[] { 1, 0.8, 1.25, 0.75, 1.5, 0.9, 1.1, 0.75, 1.3, 1 }.Select(static (speed, i) => (30.0 * i, (Action<Backend>)(b => b.Slowness = 1 / speed)))],
    };

    private static Scenario Outage => Steady with { Surge = 12, When = 3, Later = 1, Grace = 1 };
}
