using SandGlass.LoadTests.Drills;
using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Tests.Drills;

/// <summary>Results as a drill gives them.</summary>
internal static class SomeReports
{
    public static DrillRunResult Run(bool protect = true, double goodput = 0.975, double? toProtect = 0.8, long counted = 1_000) => new()
    {
        Protected = protect,
        Invalid = [],
        Goals =
        [
            new("goodput", "goodput", "", goodput, "≥", 0.95, goodput >= 0.95),
            new("p99", "p99", "ms", 120, "≤", 500, true),
            new("protect", "time to protect", "s", toProtect, "≤", 2, toProtect <= 2),
            new("recover", "time to recover", "s", 0, "≤", 5, true),
        ],
        FaultFrom = 2,
        FaultTo = 4,
        Chains = [new("transaction", 0.1, [.. Enumerable.Repeat(4L, 60)], [.. Enumerable.Repeat(3L, 60)])],
        CriticalP99 = [20, 30, 500, 20],
        Series = new(1, [150, 150, 150], [150, 150, 150], new Dictionary<string, long[]> { ["200"] = [140, 100, 150], ["503"] = [10, 50, 0] }, [1, 1, 1], [2, 2, 2], [2, 2, 2]),
        Marks = [new(2, "a & b <are> gone", "a & b <are> gone"), new(4, "back", "back")],
        Cost = new(1_000, counted, 300, 0.1, 140 << 20, 0.9, 0.1),
    };

    public static DrillResult Drill(string name, double goodput = 0.975, double? protect = 0.8, long counted = 1_000) =>
        new(name, $"Title of {name}", "a source", "A <story>.", "A lesson.", null, Run(true, goodput, protect, counted), Run(false, 0.2, null));

    public static DrillReport Report(params DrillResult[] drills) => new()
    {
        Began = DateTimeOffset.UnixEpoch,
        Machine = "a machine",
        Unprotected = false,
        Drills = drills,
        Evaluation = [new("cost", "a metric", "70 %", "≥ 60 %", true, "a note")],
        Seconds = 60,
    };
}
