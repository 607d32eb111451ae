using System.Text.Encodings.Web;
using System.Text.Json;
using SandGlass.Policy;

namespace SandGlass.Commands;

/// <summary>What is wrong with a policy as SARIF 2.1.0 (OASIS), which code review tools show at the line.</summary>
internal static class Sarif
{
    /// <summary>JSON for people and tools: indented, and with the characters as they are.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One run with one tool.</summary>
    public static string Write(string path, PolicyReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        var broken = reading.Problems.Select(static p => p.Rule).ToHashSet(StringComparer.Ordinal);
        var log = new Dictionary<string, object>
        {
            ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new[]
            {
                new
                {
                    tool = new
                    {
                        driver = new
                        {
                            name = "sandglass check",
                            version = Admin.StatusReport.Version,
                            rules = PolicyRules.All.Where(r => broken.Contains(r.Id)).Select(static r => new
                            {
                                id = r.Id, shortDescription = new { text = r.Title }, help = new { text = r.Story },
                            }),
                        },
                    },
                    columnKind = "unicodeCodePoints",
                    results = reading.Problems.Select(p => new
                    {
                        ruleId = p.Rule,
                        level = p.Severity == Severity.Error ? "error" : "warning",
                        message = new { text = p.Message },
                        locations = new[]
                        {
                            new
                            {
                                physicalLocation = new
                                {
                                    artifactLocation = new { uri = path.Replace('\\', '/') },
                                    region = new { startLine = Math.Max(1, p.Line), startColumn = Math.Max(1, p.Column) },
                                },
                                logicalLocations = new[] { new { fullyQualifiedName = p.Pointer } },
                            },
                        },
                    }),
                },
            },
        };
        return JsonSerializer.Serialize(log, Indented);
    }
}
