using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Drills;

/// <summary>Where drills are: a folder of JSON files, one each, and in its <c>setup</c> the policy and the shoppers that they share.</summary>
internal sealed class DrillShelf
{
    private readonly string _folder;

    private DrillShelf(string folder) => _folder = folder;

    public string PolicyFile => Path.Combine(_folder, "setup", "policy.json");

    private string ShoppersFile => Path.Combine(_folder, "setup", "shoppers.json");

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<string> Names => [.. Directory.EnumerateFiles(_folder, "*.json").Select(static f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    /// <summary>The folder that was named, or else the one that travels beside the program.</summary>
    public static DrillShelf Open(string? folder)
    {
        folder ??= Path.Combine(AppContext.BaseDirectory, "drills");
        var shelf = new DrillShelf(folder);
        return File.Exists(shelf.PolicyFile) && File.Exists(shelf.ShoppersFile) ? shelf
            : throw new UsageException($"{folder} is no folder of drills: it needs setup/policy.json and setup/shoppers.json (copy load-tests/drills to begin with)");
    }

    /// <summary>All that may come to the shop.</summary>
    public IReadOnlyList<Scenario> Shoppers(TextWriter error)
    {
        var config = ConfigReader.Read(File.ReadAllBytes(ShoppersFile), Path.GetDirectoryName(ShoppersFile)!, null, out var findings);
        Tell(ShoppersFile, findings, error);
        return config?.Scenarios ?? throw new UsageException($"{ShoppersFile} is not valid");
    }

    /// <summary>Some drills, read; all that is wrong with any of them is told first.</summary>
    /// <param name="names">By name.</param>
    /// <param name="shoppers">Who may come.</param>
    /// <param name="error">Where findings go.</param>
    public IReadOnlyList<Drill> Read(IReadOnlyList<string> names, IReadOnlyList<Scenario> shoppers, TextWriter error)
    {
        List<Drill> drills = [];
        var wrong = 0;
        foreach (var name in names)
        {
            var file = Path.Combine(_folder, name + ".json");
            var drill = DrillReader.Read(name, File.ReadAllBytes(file), shoppers, out var findings);
            Tell(file, findings, error);
            wrong += findings.Count;
            drills.AddRange(drill is null ? [] : [drill]);
        }

        return wrong == 0 ? drills : throw new UsageException($"{wrong} {(wrong == 1 ? "error" : "errors")} in drills; nothing was started");
    }

    private static void Tell(string file, IReadOnlyList<Finding> findings, TextWriter error)
    {
        foreach (var finding in findings)
        {
            error.WriteLine(finding.Render(file));
        }
    }
}
