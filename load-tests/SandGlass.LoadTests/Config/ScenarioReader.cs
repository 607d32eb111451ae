using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Config;

/// <summary>Reads one of <c>ScenariosSettings</c>. What the journey does stands in <c>CustomSettings</c>, which NBomber leaves to its users.</summary>
internal sealed class ScenarioReader(string folder, Uri? target, List<Finding> findings)
{
    public (Scenario Scenario, IReadOnlyList<Threshold> Thresholds, double? Weight)? Read(Fields fields)
    {
        var name = fields.Text("ScenarioName");
        if (string.IsNullOrWhiteSpace(name))
        {
            fields.Wrong(fields.Take("ScenarioName"), "ScenarioName", "is missing");
        }

        var warmUp = fields.Time("WarmUpDuration", zero: true);
        var most = fields.Whole("MaxFailCount", 0);
        var simulations = new SimulationReader(fields, findings).Read();
        var custom = fields.Object("CustomSettings");
        if (custom is null)
        {
            if (!fields.Has("CustomSettings"))
            {
                fields.Wrong(null, "CustomSettings", "is missing; it says what the journey does: \"target\" and \"steps\"");
            }

            fields.Take("ThresholdSettings");
            fields.End();
            return null;
        }

        var journey = new JourneyReader(custom, name ?? string.Empty, folder, findings);
        var (feeds, steps, values) = journey.Read();
        var scenario = new Scenario
        {
            Name = name ?? string.Empty,
            Target = Target(custom),
            Http = custom.Word("http", "1.1", "2") == "2" || custom.Take("target") is TextNode { Value: var url } && url.StartsWith("h2c:", StringComparison.Ordinal)
                ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
            Spacing = custom.Word("arrivals", "even", "poisson") == "poisson" ? Spacing.Poisson : Spacing.Even,
            Timeout = custom.Time("timeout") ?? TimeSpan.FromSeconds(30),
            WarmUp = warmUp ?? TimeSpan.Zero,
            Feeds = feeds,
            Values = values,
            Steps = steps,
            Simulations = simulations,
            MaxFailCount = most ?? long.MaxValue,
        };
        var weight = custom.Number("weight", 0.000001);
        custom.End();
        var thresholds = new ThresholdReader(fields, steps, findings).Read();
        fields.End();
        return (scenario, thresholds, weight);
    }

    private Uri Target(Fields custom)
    {
        var node = custom.Take("target");
        var written = custom.Text(node, "target");
        if (target is not null)
        {
            return target;
        }

        if (TargetUrl.TryParse(written, out var url, out var why))
        {
            return url;
        }

        custom.Wrong(node, "target", node is null ? "is missing, such as \"http://127.0.0.1:8080\"; or say --target" : why);
        return new("http://127.0.0.1");
    }
}
