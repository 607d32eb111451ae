using System.CommandLine;
using System.Globalization;
using SandGlass.LoadTests.Comparing;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load compare</c>: the promotion's mix through SandGlass and its peers, before one shop.</summary>
internal static class CompareCommand
{
    private const string About = """
        Sends the promotion's mix (80 % product reads, 8 % search, 6 % cart, 4 % orders, 2 % refunds) in turns through SandGlass, bare YARP, nginx, HAProxy
        and Varnish to one shop that bears so much and no more, and tells what came through, how late, and at which cost. All of it runs on this machine, on
        free ports, and is gone at the end. Who is not installed is left out by name (Debian: apt-get install nginx haproxy varnish).

        The peers are told how many requests the shop works on at once, as a load test would have shown; SandGlass is not. Their
        configurations stand in load-tests/peers, and --out keeps them as they were run, to be judged. A cell in which the generator fell behind is INVALID and has no number.

        Examples:
          sandglass-load compare
          sandglass-load compare --only sandglass,haproxy --loads 1,10 --seconds 5
          sandglass-load compare --rounds 3 --out comparison
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var only = new Option<string?>("--only") { Description = "Some of sandglass, yarp, nginx, haproxy, varnish, with commas", HelpName = "PEERS" };
        var loads = new Option<string>("--loads") { Description = "Times the shop's capacity, with commas", DefaultValueFactory = static _ => "0.5,1,2,5,10", HelpName = "N,…" };
        var rounds = new Option<int>("--rounds") { Description = "All of it so often; the table has medians", DefaultValueFactory = static _ => 1, HelpName = "N" };
        var seconds = new Option<double>("--seconds") { Description = "Measured in each cell", DefaultValueFactory = static _ => 10, HelpName = "S" };
        var warm = new Option<double>("--warm-up") { Description = "At half the capacity before each cell", DefaultValueFactory = static _ => 4, HelpName = "S" };
        var capacity = new Option<double>("--capacity") { Description = "Requests a second that the shop bears", DefaultValueFactory = static _ => 200, HelpName = "N" };
        var service = new Option<int>("--service-ms") { Description = "What one takes the shop in the mean (lognormal)", DefaultValueFactory = static _ => 100, HelpName = "MS" };
        var seed = LoadOptions.SeedOption();
        var folder = LoadOptions.OutOption("Folder for comparison.md, .html, .json and the peers' configurations");
        var command = new Command("compare", About) { only, loads, rounds, seconds, warm, capacity, service, seed, folder };
        command.SetAction(async (parsed, cancel) =>
        {
            var ms = (int)Within("--service-ms", parsed.GetValue(service), 1, 10_000);
            // A client waits a second, or where the work is long, eight times as long as it takes.
            var plan = new TrialPlan(
                Within("--capacity", parsed.GetValue(capacity), 1, 100_000), ms, Math.Max(1000, 8 * ms), Within("--seconds", parsed.GetValue(seconds), 1, 3600),
                Within("--warm-up", parsed.GetValue(warm), 0, 600), parsed.GetValue(seed));
            var asked = Asked(parsed.GetValue(only));
            IReadOnlyList<Peer> there = [.. asked.Where(static p => p.There)];
            string[] skipped = [.. asked.Where(static p => !p.There).Select(static p => $"{p.Name}: {p.Program} is not on PATH; on Debian: apt-get install {p.Package}")];
            foreach (var one in skipped)
            {
                await error.WriteLineAsync($"sandglass-load: left out: {one}");
            }

            if (there.Count == 0)
            {
                throw new UsageException("nobody is left to compare");
            }

            var comparison = new Comparison(plan, there, Loads(parsed.GetValue(loads)!), (int)Within("--rounds", parsed.GetValue(rounds), 1, 100), TimeProvider.System);
            Reports.ReportFiles.Prepare(parsed.GetValue(folder));
            using var work = new WorkFolder();
            using var progress = new ProgressLine(error);
            ComparisonReport report;
            try
            {
                report = await comparison.RunAsync(work.Path, skipped, progress.Say, cancel);
            }
            catch (Exception fault) when (fault is OperationCanceledException or HttpRequestException or UsageException && Cut.Short(cancel))
            {
                throw new UsageException("cut short before the first cell was measured; nothing is reported", 3);
            }

            progress.Clear();
            await output.WriteAsync(Tables.Text(report));
            if (parsed.GetValue(folder) is { } to)
            {
                Write(report, work.Path, to, output);
            }

            if (report.CutBefore is not null)
            {
                throw new UsageException("cut short: what is reported is a part, and no comparison", 3);
            }

            return report.Cells.All(static c => c.Invalid.Count > 0) ? 4 : 0;
        });
        return command;
    }

    private static void Write(ComparisonReport report, string work, string folder, TextWriter output)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in new[] { ("comparison.md", Tables.Markdown(report)), ("comparison.html", Tables.Html(report)), ("comparison.json", Tables.Json(report)) })
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            output.WriteLine(Path.Combine(folder, name));
        }

        // The last cell's of each: they differ in ports only.
        foreach (var file in Peer.All.Select(static p => p.File).OfType<string>())
        {
            if (Directory.EnumerateFiles(work, file, SearchOption.AllDirectories).Order().LastOrDefault() is { } used)
            {
                File.Copy(used, Path.Combine(folder, file), overwrite: true);
                output.WriteLine(Path.Combine(folder, file));
            }
        }
    }

    private static IReadOnlyList<Peer> Asked(string? only)
    {
        if (only is null)
        {
            return Peer.All;
        }

        string Short(Peer peer) => peer.Name.Split(' ')[^1].ToLowerInvariant();
        string[] known = [.. Peer.All.Select(Short)];
        string[] names = [.. only.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(static n => n.ToLowerInvariant())];
        return names.FirstOrDefault(n => !known.Contains(n)) is { } unknown
            ? throw new UsageException($"--only: no peer is called {unknown}{Words.Instead(unknown, known)}; there are {string.Join(", ", known)}")
            : [.. Peer.All.Where(p => names.Contains(Short(p)))];
    }

    private static IReadOnlyList<double> Loads(string text)
    {
        List<double> loads = [];
        foreach (var part in text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            loads.Add(double.TryParse(part.TrimEnd('x', '×'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var times) ? Within("--loads", times, 0.01, 1000)
                : throw new UsageException($"--loads: \"{part}\" is no number; write such as 0.5,1,10"));
        }

        return loads.Count > 0 ? [.. loads.Distinct()] : throw new UsageException("--loads names none; write such as 0.5,1,10");
    }

    private static double Within(string name, double value, double least, double most) => value >= least && value <= most
        ? value
        : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} must be from {least:0.##} to {most:#,0.##}"));
}
