using System.CommandLine;
using SandGlass.LoadTests.Export;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load export</c>: the same load for another tool.</summary>
internal static class ExportCommand
{
    private const string About = """
        Writes a configuration for another tool. What that tool cannot say is told on stderr and left out.

          nbomber   JSON that NBomber reads: whole numbers, none of our own keys but CustomSettings
          k6        a script with a scenario of its own for each
          vegeta    a shell script: an attack for each phase of an even rate; one request a journey

        Examples:
          sandglass-load export peak.json --to k6 > peak.js
          sandglass-load export peak.json --to vegeta > peak.sh
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string>("CONFIG.json") { Description = "As run takes it" };
        var to = new Option<string>("--to") { Description = "nbomber, k6 or vegeta", HelpName = "TOOL", Required = true };
        to.AcceptOnlyFromAmong("nbomber", "k6", "vegeta");
        var command = new Command("export", About) { file, to };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            if (RunCommand.Read(path, null, false, error) is not { } config)
            {
                return 2;
            }

            void Lost(string what) => error.WriteLine($"sandglass-load: left out: {what}");
            foreach (var step in parsed.GetValue(to) == "nbomber" ? [] : config.Scenarios.SelectMany(static s => s.Steps).Where(static s => s.Retries > 0))
            {
                Lost($"{step.Name}: \"retries\"");
            }

            output.Write(parsed.GetValue(to) switch
            {
                "nbomber" => NBomberExport.Write(config, File.ReadAllText(path), Lost),
                "k6" => K6Export.Write(config, Lost),
                _ => VegetaExport.Write(config, Lost),
            });
            return 0;
        });
        return command;
    }
}
