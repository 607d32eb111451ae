using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Config;

/// <summary>What a configuration says, read and valid.</summary>
internal sealed record LoadConfig
{
    public required string TestSuite { get; init; }

    public required string TestName { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public required IReadOnlyList<Threshold> Thresholds { get; init; }

    public string? ReportFolder { get; init; }

    public string? ReportFileName { get; init; }

    /// <summary>html, md, csv, txt and, ours, json and junit.</summary>
    public IReadOnlyList<string> ReportFormats { get; init; } = [];

    /// <summary>How often thresholds are looked at while the run is on.</summary>
    public TimeSpan ReportingInterval { get; init; } = TimeSpan.FromSeconds(5);
}
