using NBomber.Contracts.Stats;
using NBomber.CSharp;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Export;
using SandGlass.LoadTests.Running;
using SandGlass.OnNBomber;

// sandglass-nbomber CONFIG.json: the journeys of a configuration that sandglass-load reads, run by NBomber.
if (args is not [{ } path] || path is "--help" or "-h")
{
    Console.Error.WriteLine("Usage: sandglass-nbomber CONFIG.json   (as sandglass-load run takes it; load-tests/SandGlass.NBomber/README.md)");
    return args is ["--help" or "-h"] ? 0 : 2;
}

try
{
    if (RunCommand.Read(path, null, false, Console.Error) is not { } config)
    {
        return 2;
    }

    if (config.Scenarios.Select(static s => TargetUrl.Refusal(s.Target, [])).FirstOrDefault(static r => r is not null) is { } refusal)
    {
        throw new UsageException(refusal);
    }

    using var transport = new HttpTransport();
    var stats = NBomberRunner
        .RegisterScenarios([.. config.Scenarios.Select((s, i) => Journeys.Map(s, i, seed: 1, transport, TimeProvider.System))])
        .WithTestSuite(config.TestSuite)
        .WithTestName(config.TestName)
        .WithReportFolder(config.ReportFolder ?? "reports")
        .WithReportFormats(ReportFormat.Html, ReportFormat.Md, ReportFormat.Csv, ReportFormat.Txt)
        // Thresholds, report names and what else NBomber reads by itself; what it cannot is told.
        .LoadConfig(NBomberExport.Write(config, File.ReadAllText(path), static what => Console.Error.WriteLine($"sandglass-nbomber: left out: {what}")))
        .Run();
    return stats.Thresholds.Any(static t => t.IsFailed) ? 1 : 0;
}
catch (UsageException fault)
{
    Console.Error.WriteLine($"sandglass-nbomber: {fault.Message}");
    return fault.ExitCode;
}
