using System.CommandLine;
using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load report</c>: one kept run in another form, or two side by side.</summary>
internal static class ReportCommand
{
    private const string About = """
        Shows a run's JSON report, writes it in other kinds, or compares two.

        Differences are marked with ! where they matter. Shares of outcomes: more than three standard errors and half a percentage
        point. Percentiles: their bands (three standard deviations of the rank) do not touch and they are 5 % apart. Requests are
        taken for independent, so a mark says "look here"; repeat both runs before you believe it.

        Examples:
          sandglass-load report reports/demo.json
          sandglass-load report reports/demo.json --out html-again
          sandglass-load report before.json after.json --out compared
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var first = new Argument<string>("A") { Description = "A JSON report" };
        var second = new Argument<string?>("B") { Description = "Another, to compare with", Arity = ArgumentArity.ZeroOrOne };
        var folder = LoadOptions.OutOption("Folder for all kinds of A's report; with B, for the comparison as two-runs.html");
        var audit = LoadOptions.AuditOption();
        var command = new Command("report", About) { first, second, folder, audit };
        command.SetAction(parsed =>
        {
            var a = Read(parsed.GetValue(first)!);
            if (parsed.GetValue(second) is { } other)
            {
                var b = Read(other);
                Compare(a, b, output);
                if (parsed.GetValue(folder) is { } to)
                {
                    Directory.CreateDirectory(to);
                    var page = Path.Combine(to, "two-runs.html");
                    File.WriteAllText(page, ComparisonPage.Write(a, b));
                    output.WriteLine(page);
                }

                return 0;
            }

            return LoadRun.Finish(AuditLog.On(a, parsed.GetValue(audit)), parsed.GetValue(folder), null, [], output, error);
        });
        return command;
    }

    private static RunReport Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"there is no {path}; run writes JSON reports with --out DIR");
        }

        return TextReports.Read(File.ReadAllText(path), out var why) ?? throw new UsageException($"{path} {why}");
    }

    private static void Compare(RunReport a, RunReport b, TextWriter output)
    {
        foreach (var (name, run) in new[] { ("A", a), ("B", b) })
        {
            output.WriteLine($"{name}: {string.Join("; ", TextReports.Head(run).Take(2))}{(run.Invalid.Count > 0 ? "; NOT A MEASUREMENT: " + run.Invalid[0] : string.Empty)}");
        }

        Difference[] differences = [.. Comparison.Of(a, b)];
        if (differences.Length == 0)
        {
            output.WriteLine("No scenario is in both.");
            return;
        }

        output.WriteLine();
        foreach (var d in differences)
        {
            output.WriteLine($"{(d.Matters ? "!" : " ")} {d.Scenario,-20} {d.What,-28} {TextReports.Number(d.A),10} {TextReports.Number(d.B),10}");
        }

        output.WriteLine($"{differences.Count(static d => d.Matters)} of {differences.Length} matter (see sandglass-load report --help for the rule)");
    }
}
