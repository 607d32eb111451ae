using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Replay;
using SandGlass.LoadTests.Reports;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load replay</c>: the traffic of a log, as it came or bent.</summary>
internal static class ReplayCommand
{
    private const string About = """
        Sends the requests of a log: NCSA combined (Apache, nginx), W3C extended (IIS, CDNs), JSON lines or HAR.

        Spacing, popularity and who is the same client as whom are kept; persons are not: addresses are never sent, and personal
        values in queries and paths go out as hashes.

        Examples:
          sandglass-load replay access.log --target http://127.0.0.1:8080 --speed 60
          sandglass-load replay access.log --target http://127.0.0.1:8080 --rate 3x --stretch-peak 5 --send-clients
          sandglass-load replay access.log --target http://127.0.0.1:8080 --map /old=/api --dry-run
          sandglass-load replay access.log --target http://127.0.0.1:8080 --from 2026-11-11T00:00:00+08:00 --until 2026-11-11T00:30:00+08:00
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var log = new Argument<string>("LOG") { Description = "The log" };
        var speed = new Option<double>("--speed") { Description = "So many times as fast", DefaultValueFactory = static _ => 1, HelpName = "N" };
        var rate = new Option<string>("--rate") { Description = "So many times as many requests in the same time, such as 3x", DefaultValueFactory = static _ => "1x", HelpName = "Nx" };
        var stretch = new Option<double>("--stretch-peak") { Description = "The busiest minute lasts so many minutes", DefaultValueFactory = static _ => 1, HelpName = "N" };
        var loop = new Option<int>("--loop") { Description = "All of it so often", DefaultValueFactory = static _ => 1, HelpName = "N" };
        var map = new Option<string[]>("--map") { Description = "A path prefix and what it becomes; several are allowed", HelpName = "FROM=TO" };
        var from = new Option<string?>("--from") { Description = "Only what came from then on: a moment such as 2026-11-11T00:00:00Z, or a time after the log's first request such as 02:00:00", HelpName = "WHEN" };
        var until = new Option<string?>("--until") { Description = "Only what came before then", HelpName = "WHEN" };
        var clients = new Option<bool>("--send-clients") { Description = "Send X-Forwarded-For: a stand-in of 198.18.0.0/15 for each client" };
        var options = new LoadOptions(required: true);
        var command = options.On(new Command("replay", About) { log, speed, rate, stretch, loop, map, from, until, clients });
        command.SetAction(async (parsed, cancel) =>
        {
            var bent = new ReplayOptions(
                Positive("--speed", parsed.GetValue(speed)), Times(parsed.GetValue(rate)!), Positive("--stretch-peak", parsed.GetValue(stretch)),
                (int)Positive("--loop", parsed.GetValue(loop)), [.. (parsed.GetValue(map) ?? []).Select(Map)], parsed.GetValue(clients), options.Seed(parsed));
            var path = parsed.GetValue(log)!;
            var scenario = Scenario(path, options.Target(parsed)!, options.Http2(parsed));
            options.Guard(parsed, [scenario]);
            if (!File.Exists(path))
            {
                throw new UsageException($"there is no {path}");
            }

            LogFile file;
            using (var text = File.OpenText(path))
            {
                file = LogReader.Read(text);
            }

            if (file.Entries.Count > 0)
            {
                var first = file.Entries[0].At;
                file = file.Between(Moment("--from", parsed.GetValue(from), first) ?? double.NegativeInfinity, Moment("--until", parsed.GetValue(until), first) ?? double.PositiveInfinity);
            }

            await using var bytes = File.OpenRead(path);
            var persons = new Anonymizer(await SHA256.HashDataAsync(bytes, cancel));
            var arrivals = ReplayPlan.Make(file, bent, persons);
            string[] notes = [.. Notes(file, arrivals, persons)];
            Array.ForEach(notes, output.WriteLine);
            if (arrivals.Count == 0)
            {
                throw new UsageException($"{path} has no request that can be sent");
            }

            if (options.DryRun(parsed))
            {
                return 0;
            }

            var load = new Load([scenario], options.Seed(parsed), arrivals);
            var run = new LoadRun(load, [], TimeSpan.FromSeconds(5), options.Limits(parsed), TimeProvider.System, output, error);
            var report = await run.RunAsync("replay", scenario.Name, "replay", options.Seed(parsed), notes, cancel);
            return LoadRun.Finish(AuditLog.On(report, options.Audit(parsed)), options.Out(parsed), null, [], output, error);
        });
        return command;
    }

    private static IEnumerable<string> Notes(LogFile file, IReadOnlyList<Arrival> arrivals, Anonymizer persons)
    {
        yield return $"{file.Format}: {file.Entries.Count:N0} requests of {persons.Clients:N0} clients, {arrivals.Count:N0} to send in {(arrivals.Count == 0 ? 0 : arrivals[^1].At):N1} s";
        if (file.Malformed > 0)
        {
            yield return $"{file.Malformed:N0} lines could not be read and are left out; the first is line {file.FirstMalformed:N0}";
        }

        if (file.OutOfOrder > 0)
        {
            yield return $"{file.OutOfOrder:N0} requests stood after later ones and were put in order";
        }

        if (file.Entries.Count(static e => e.Body is null && e.Method is "POST" or "PUT" or "PATCH") is > 0 and var bodiless)
        {
            yield return $"{bodiless:N0} requests had a body that the log does not have; it is sent empty";
        }
    }

    private static Scenario Scenario(string path, Uri target, bool http2) => new()
    {
        Name = Path.GetFileName(path),
        Target = target,
        Http = http2 ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
        Steps = [new("replay", HttpMethod.Get, Template.Parse("/", [], Slot.Path), [], null, default, [], [])],
        Simulations = [],
    };

    private static double Positive(string name, double value) => value > 0 && double.IsFinite(value) && value <= 1e6 ? value : throw new UsageException($"{name} must be above 0 and at most 1,000,000");

    private static double Times(string text) =>
        double.TryParse(text.TrimEnd('x', '×'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var times) && times is > 0 and <= 1000
            ? times
            : throw new UsageException($"--rate \"{text}\" must be such as 3x or 0.5x");

    // Seconds since 1970.
    private static double? Moment(string name, string? text, double first) => text is null ? null
        : text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var after) && after >= TimeSpan.Zero ? first + after.TotalSeconds
        : text.Contains('-', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? (moment - DateTimeOffset.UnixEpoch).TotalSeconds
        : throw new UsageException($"{name} \"{text}\" must be a moment such as 2026-11-11T00:00:00Z, or hours:minutes:seconds after the log's first request");

    private static (string From, string To) Map(string text) => text.Split('=', 2) is [['/', ..] from, ['/', ..] to]
        ? (from, to)
        : throw new UsageException($"--map \"{text}\" must be two paths, such as /old=/new");
}
