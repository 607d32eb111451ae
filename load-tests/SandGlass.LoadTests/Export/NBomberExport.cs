using System.Text.Json;
using System.Text.Json.Nodes;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Export;

/// <summary>
/// The configuration as NBomber itself takes it: weights worked in, rates whole, no thresholds and report kinds that only we know. What the journeys do stays in CustomSettings, for the code
/// of whoever runs it there.
/// </summary>
internal static class NBomberExport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Write(LoadConfig config, string source, Action<string> lost)
    {
        var root = JsonNode.Parse(source, null, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
        var global = root["GlobalSettings"]!;
        foreach (var node in global["ScenariosSettings"]!.AsArray())
        {
            var name = node!["ScenarioName"]!.GetValue<string>();
            if (config.Scenarios.FirstOrDefault(s => s.Name == name) is not { } scenario)
            {
                continue;
            }

            node["LoadSimulationsSettings"] = new JsonArray([.. scenario.Simulations.Select(s => JsonNode.Parse(Whole(s, name, lost).Json()))]);
            if (node["ThresholdSettings"] is JsonArray thresholds)
            {
                foreach (var ours in thresholds.Where(static t => t!["Refused"] is not null || t.ToJsonString().Contains("p99.", StringComparison.OrdinalIgnoreCase) || t.ToJsonString().Contains("p90", StringComparison.OrdinalIgnoreCase)).ToArray())
                {
                    lost($"{name}: threshold {ours!.ToJsonString()}, which NBomber does not know");
                    thresholds.Remove(ours);
                }
            }
        }

        if (global["ReportFormats"] is JsonArray formats)
        {
            foreach (var ours in formats.Where(static f => f!.GetValue<string>().ToUpperInvariant() is "JSON" or "JUNIT").ToArray())
            {
                lost($"report kind {ours!.GetValue<string>()}, which NBomber does not write");
                formats.Remove(ours);
            }
        }

        return root.ToJsonString(Indented) + "\n";
    }

    /// <summary>NBomber's rates and copies are whole numbers. An interval ten times as long keeps a tenth of a request.</summary>
    public static Simulation Whole(Simulation simulation, string name, Action<string> lost)
    {
        switch (simulation)
        {
            case Inject i when i.Rate != Math.Floor(i.Rate) && Math.Abs((i.Rate * 10) - Math.Round(i.Rate * 10)) < 1e-9 && 10 * i.Interval <= i.During:
                return new Inject(Math.Round(i.Rate * 10), 10 * i.Interval, i.During);
            case Inject { Rate: var r } when r == Math.Floor(r):
            case RampingInject { Rate: var r2 } when r2 == Math.Floor(r2):
            case KeepConstant { Copies: var c } when c == Math.Floor(c):
            case RampingConstant { Copies: var c2 } when c2 == Math.Floor(c2):
            case InjectRandom { MinRate: var l, MaxRate: var m } when l == Math.Floor(l) && m == Math.Floor(m):
            case IterationsForInject { Rate: var r3 } when r3 == Math.Floor(r3):
            case IterationsForConstant { Copies: var c3 } when c3 == Math.Floor(c3):
            case Pause:
                return simulation;
            default:
                lost($"{name}: decimals of {simulation.Json()}, which were rounded");
                return simulation switch
                {
                    Inject i => i with { Rate = Math.Round(i.Rate) },
                    RampingInject i => i with { Rate = Math.Round(i.Rate) },
                    KeepConstant k => k with { Copies = Math.Round(k.Copies) },
                    RampingConstant k => k with { Copies = Math.Round(k.Copies) },
                    InjectRandom i => i with { MinRate = Math.Round(i.MinRate), MaxRate = Math.Round(i.MaxRate) },
                    IterationsForInject i => i with { Rate = Math.Max(1, Math.Round(i.Rate)) },
                    IterationsForConstant k => k with { Copies = Math.Round(k.Copies) },
                    _ => simulation,
                };
        }
    }
}
