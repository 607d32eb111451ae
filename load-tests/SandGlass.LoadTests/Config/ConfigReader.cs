using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Config;

/// <summary>Reads NBomber's JSON. All that is wrong is told in one go; a configuration with anything wrong is none.</summary>
internal sealed class ConfigReader
{
    private static readonly string[] Formats = ["Html", "Md", "Csv", "Txt", "Json", "JUnit"];

    private readonly List<Finding> _findings = [];
    private readonly string _folder;
    private readonly Uri? _target;

    private ConfigReader(string folder, Uri? target) => (_folder, _target) = (folder, target);

    /// <param name="bytes">The file.</param>
    /// <param name="folder">Where the files that it names are.</param>
    /// <param name="target">Instead of every scenario's own, or null.</param>
    /// <param name="findings">What is wrong, in the order of the file.</param>
    public static LoadConfig? Read(byte[] bytes, string folder, Uri? target, out IReadOnlyList<Finding> findings)
    {
        var reader = new ConfigReader(folder, target);
        var config = Fields.Of(JsonTree.Read(bytes, reader._findings), string.Empty, reader._findings) is { } root ? reader.Root(root) : null;
        findings = [.. reader._findings.OrderBy(static f => f.Place.Line).ThenBy(static f => f.Place.Column)];
        return findings.Count == 0 ? config : null;
    }

    private LoadConfig? Root(Fields root)
    {
        var suite = root.Text("TestSuite");
        var name = root.Text("TestName");
        var targets = root.List("TargetScenarios");
        var global = root.Object("GlobalSettings");
        root.End();
        if (global is null)
        {
            if (!root.Has("GlobalSettings"))
            {
                root.Wrong(null, "GlobalSettings", "is missing; it holds \"ScenariosSettings\"");
            }

            return null;
        }

        var nodes = global.List("ScenariosSettings");
        if (nodes.Count == 0 && global.Take("ScenariosSettings") is null or ArrayNode { Items.Count: 0 })
        {
            global.Wrong(global.Take("ScenariosSettings"), "ScenariosSettings", "needs a scenario at least");
        }

        List<(Scenario Scenario, IReadOnlyList<Threshold> Thresholds, double? Weight)> all = [];
        for (var i = 0; i < nodes.Count; i++)
        {
            if (Fields.Of(nodes[i], global.PathOf($"ScenariosSettings/{i}"), _findings) is { } fields
                && new ScenarioReader(_folder, _target, _findings).Read(fields) is { } scenario)
            {
                if (all.Any(a => a.Scenario.Name == scenario.Scenario.Name))
                {
                    fields.Wrong(null, "ScenarioName", $"another scenario is called \"{scenario.Scenario.Name}\" too");
                }

                all.Add(scenario);
            }
        }

        var chosen = Chosen(root, targets, all);
        var config = new LoadConfig
        {
            TestSuite = suite ?? "sandglass",
            TestName = name ?? "load",
            Scenarios = [.. Weighted([.. chosen.Select(static c => (c.Scenario, c.Weight))])],
            Thresholds = [.. chosen.SelectMany(static (c, i) => c.Thresholds.Select(t => t with { Scenario = i }))],
            ReportFolder = global.Text("ReportFolder"),
            ReportFileName = global.Text("ReportFileName"),
            ReportFormats = [.. global.List("ReportFormats").Select((node, i) => global.Word(node, $"ReportFormats/{i}", Formats)?.ToLowerInvariant()).OfType<string>()],
            ReportingInterval = global.Time("ReportingInterval") ?? TimeSpan.FromSeconds(5),
        };
        if (config.ReportFileName is { } file && file.AsSpan().ContainsAny('/', '\\'))
        {
            global.Wrong(global.Take("ReportFileName"), "ReportFileName", "is a name without a folder; that goes into \"ReportFolder\"");
        }

        global.End();
        return config;
    }

    private static List<(Scenario Scenario, IReadOnlyList<Threshold> Thresholds, double? Weight)> Chosen(
        Fields root, IReadOnlyList<Node> targets, List<(Scenario Scenario, IReadOnlyList<Threshold> Thresholds, double? Weight)> all)
    {
        if (targets.Count == 0)
        {
            return all;
        }

        List<string> names = [];
        string[] known = [.. all.Select(static a => a.Scenario.Name)];
        for (var i = 0; i < targets.Count; i++)
        {
            if (root.Text(targets[i], $"TargetScenarios/{i}") is not { } name)
            {
                continue;
            }

            names.Add(name);
            if (!known.Contains(name))
            {
                root.Wrong(targets[i], $"TargetScenarios/{i}", $"there is no scenario \"{name}\"{Words.Instead(name, known)}");
            }
        }

        return [.. all.Where(a => names.Contains(a.Scenario.Name))];
    }

    /// <summary>Scenarios with a weight share what each of them says: at 80 and 20, four fifths of the one's rate and a fifth of the other's.</summary>
    private static IEnumerable<Scenario> Weighted(IReadOnlyList<(Scenario Scenario, double? Weight)> scenarios)
    {
        var sum = scenarios.Sum(static s => s.Weight ?? 0);
        foreach (var (scenario, weight) in scenarios)
        {
            yield return weight is null ? scenario : scenario with { Simulations = [.. scenario.Simulations.Select(s => s.Scale(weight.Value / sum))] };
        }
    }
}
