using System.CommandLine;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Reports;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load run</c>: the load that a configuration describes.</summary>
internal static class RunCommand
{
    private const string About = """
        Runs the load of a configuration in NBomber's JSON.

        Examples:
          sandglass-load run load-tests/scenarios/demo.json --dry-run
          sandglass-load run load-tests/scenarios/demo.json --out reports
          sandglass-load run peak.json --target h2c://127.0.0.1:8081 --seed 7
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string>("CONFIG.json") { Description = "NBomber's JSON; what journeys do stands in CustomSettings (docs/load.md)" };
        var options = new LoadOptions(required: false);
        var command = options.On(new Command("run", About) { file });
        command.SetAction(async (parsed, cancel) =>
        {
            var path = parsed.GetValue(file)!;
            if (Read(path, options.Target(parsed), options.Http2(parsed), error) is not { } config)
            {
                return 2;
            }

            options.Guard(parsed, config.Scenarios);
            var load = new Load(config.Scenarios, options.Seed(parsed));
            DryRun.Print(load, output);
            if (options.DryRun(parsed))
            {
                return 0;
            }

            ReportFiles.Prepare(options.Out(parsed) ?? config.ReportFolder);
            var run = new LoadRun(load, config.Thresholds, config.ReportingInterval, options.Limits(parsed), TimeProvider.System, output, error);
            var report = await run.RunAsync(config.TestSuite, config.TestName, "run", options.Seed(parsed), [], cancel);
            return LoadRun.Finish(AuditLog.On(report, options.Audit(parsed)), options.Out(parsed) ?? config.ReportFolder, config.ReportFileName, config.ReportFormats, output, error);
        });
        return command;
    }

    /// <summary>A configuration, or null when all that is wrong with it has been told.</summary>
    public static LoadConfig? Read(string path, Uri? target, bool http2, TextWriter error)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"there is no {path}; sandglass-load init writes an example");
        }

        var config = ConfigReader.Read(File.ReadAllBytes(path), Path.GetDirectoryName(Path.GetFullPath(path))!, target, out var findings);
        foreach (var finding in findings)
        {
            error.WriteLine(finding.Render(path));
        }

        return config is not null && http2
            ? config with { Scenarios = [.. config.Scenarios.Select(static s => s with { Http = System.Net.HttpVersion.Version20 })] }
            : config;
    }
}
