using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Comparing;

/// <summary>The promotion's mix: load-tests/scenarios/promotion.json, at a rate and for a time of its own.</summary>
internal static class Mix
{
    /// <summary>The chains, in the order of tables, with the scenarios that are theirs.</summary>
    public static IReadOnlyList<(string Chain, IReadOnlyList<string> Scenarios)> Chains { get; } =
        [("transaction", ["cart", "order"]), ("marketing", ["product", "search"]), ("after-sale", ["refund"])];

    /// <summary>The scenario whose good answers are what the event is for.</summary>
    public const string Order = "order";

    /// <param name="target">Where to.</param>
    /// <param name="rate">Requests a second, of all together.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="patience">After which a client leaves.</param>
    public static IReadOnlyList<Scenario> At(Uri target, double rate, double seconds, TimeSpan patience)
    {
        using var stream = typeof(Mix).Assembly.GetManifestResourceStream("promotion.json")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var config = ConfigReader.Read(bytes.ToArray(), AppContext.BaseDirectory, target, out var findings)
            ?? throw new InvalidOperationException($"promotion.json: {findings[0].Render("promotion.json")}");
        var sum = config.Scenarios.Sum(Rate);
        return [.. config.Scenarios.Select(s => s with { Timeout = patience, Simulations = [new Inject(Rate(s) / sum * rate, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(seconds))] })];
    }

    private static double Rate(Scenario scenario) => scenario.Simulations.OfType<Inject>().Sum(static i => i.Rate / i.Interval.TotalSeconds);
}
