using System.CommandLine;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Drills;
using SandGlass.LoadTests.Processes;
using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load drill</c>: the faults of a promotion night, rehearsed and judged.</summary>
internal static class DrillCommand
{
    private const string About = """
        Rehearses failures: starts the gateway and a shop, breaks something while shoppers come, and judges by numbers.

        Each drill is run without protection and with it; the second is judged. "all" also measures the evaluation table.

        Examples:
          sandglass-load drill --list
          sandglass-load drill capacity
          sandglass-load drill all --out reports
          sandglass-load drill all --unprotected      # must fail: it proves that drills can

        Exit codes: 0 passed; 1 a goal was missed; 2 wrong usage or an invalid drill; 3 cut short, or something did not start; 4 not a measurement: the generator fell behind.
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var name = new Argument<string?>("NAME") { Description = "A drill, or all", Arity = ArgumentArity.ZeroOrOne };
        var list = new Option<bool>("--list") { Description = "Say which drills there are, and run none" };
        var unprotected = new Option<bool>("--unprotected") { Description = "Judge without protection: the same gateway with its layers off, the same load, the same goals" };
        var json = new Option<bool>("--json") { Description = "Write the report to stdout as JSON, and all else to stderr" };
        var folder = LoadOptions.OutOption("Folder for drills.html and drills.json");
        var drills = new Option<string?>("--drills") { Description = "A folder of drills of your own, like load-tests/drills", HelpName = "DIR" };
        var command = new Command("drill", About) { name, list, unprotected, json, folder, drills };
        command.SetAction(async (parsed, cancel) =>
        {
            var shelf = DrillShelf.Open(parsed.GetValue(drills));
            if (parsed.GetValue(list))
            {
                foreach (var drill in shelf.Read(shelf.Names, shelf.Shoppers(error), error))
                {
                    await output.WriteLineAsync($"{drill.Name,-12} {drill.Source}: {drill.Title}");
                }

                return 0;
            }

            var names = Chosen(parsed.GetValue(name), shelf);
            ReportFiles.Prepare(parsed.GetValue(folder));
            var quiet = parsed.GetValue(json) ? error : output;
            using var line = new ProgressLine(error);
            var suite = new DrillSuite(shelf, names, parsed.GetValue(unprotected), TimeProvider.System, line, quiet, error);
            DrillReport report;
            try
            {
                report = await suite.RunAsync(all: parsed.GetValue(name) == "all", cancel);
            }
            catch (Exception fault) when (fault is OperationCanceledException or HttpRequestException or UsageException && Cut.Short(cancel))
            {
                throw new UsageException("cut short before the first drill was over; nothing was measured", 3);
            }
            catch (HttpRequestException fault)
            {
                throw new UsageException($"the gateway or the shop could not be asked, so there is no result: {fault.Message}", 3);
            }

            return await FinishAsync(report, parsed.GetValue(folder), parsed.GetValue(json), output, quiet, error);
        });
        return command;
    }

    private static IReadOnlyList<string> Chosen(string? name, DrillShelf shelf) => name switch
    {
        null => throw new UsageException("drill needs a name, or all; sandglass-load drill --list says which there are"),
        "all" => shelf.Names,
        _ when shelf.Names.Contains(name) => [name],
        _ => throw new UsageException($"there is no drill \"{name}\"{Words.Instead(name, [.. shelf.Names, "all"])}"),
    };

    private static async Task<int> FinishAsync(DrillReport report, string? folder, bool json, TextWriter output, TextWriter quiet, TextWriter error)
    {
        await quiet.WriteAsync(DrillText.Of(report));
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            foreach (var (file, text) in new[] { ("drills.html", DrillHtml.Of(report)), ("drills.json", DrillText.Json(report)) })
            {
                var path = Path.Combine(folder, file);
                await File.WriteAllTextAsync(path, text);
                await quiet.WriteLineAsync(path);
            }
        }

        if (json)
        {
            await output.WriteLineAsync(DrillText.Json(report));
        }

        if (report.CutBefore is not null)
        {
            await error.WriteLineAsync("sandglass-load: cut short: what is reported is a part, and no verdict on the whole");
        }

        return report.ExitCode;
    }
}
