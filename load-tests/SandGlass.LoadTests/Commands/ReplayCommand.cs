using System.CommandLine;
using System.Globalization;
using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Replay;
using SandGlass.LoadTests.Reports;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load replay</c>: the traffic of a log, as it came or bent.</summary>
internal static class ReplayCommand
{
    private const string About = """
        Sends the requests of a log: NCSA combined (Apache, nginx), W3C extended (IIS, CDNs), JSON lines or HAR, plain or gzipped, from a file or
        from stdin (-).

        Spacing, popularity and who is the same client as whom are kept; persons are not: addresses are never sent, and personal
        values in queries and paths go out as hashes.

        Examples:
          sandglass-load replay access.log --target http://127.0.0.1:8080 --speed 60
          sandglass-load replay access.log --target http://127.0.0.1:8080 --rate 3x --stretch-peak 5 --send-clients
          zcat access.log.*.gz | sandglass-load replay - --target http://127.0.0.1:8080 --dry-run
          sandglass-load replay access.log --target http://127.0.0.1:8080 --map /old=/api --dry-run
          sandglass-load replay access.log --target http://127.0.0.1:8080 --from 2026-11-11T00:00:00+08:00 --until 2026-11-11T00:30:00+08:00
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var log = new Argument<string>("LOG") { Description = "The log; - for stdin" };
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
            var (file, key) = Read(path, cancel);
            var (first, last) = (file.Entries[0].At, file.Entries[^1].At);
            file = file.Between(Moment("--from", parsed.GetValue(from), first) ?? double.NegativeInfinity, Moment("--until", parsed.GetValue(until), first) ?? double.PositiveInfinity);
            if (file.Entries.Count == 0)
            {
                throw new UsageException($"{path} has no request that can be sent between --from and --until: it goes from {Iso(first)} to {Iso(last)}");
            }

            if (ReplayPlan.Count(file, bent) is > ReplayPlan.Most and var many)
            {
                throw new UsageException($"that would be {many:N0} requests, and {ReplayPlan.Most:N0} are the most; take less of --rate, --loop or --stretch-peak, or a part of the log (--from, --until)");
            }

            var persons = new Anonymizer(key);
            var arrivals = ReplayPlan.Make(file, bent, persons);
            if (arrivals.Count == 0)
            {
                throw new UsageException($"{path} has no request that can be sent: at --rate {parsed.GetValue(rate)} none of its {file.Entries.Count:N0} is left");
            }

            string[] notes = [.. Notes(file, arrivals, persons)];
            Array.ForEach(notes, output.WriteLine);
            if (options.DryRun(parsed))
            {
                return 0;
            }

            ReportFiles.Prepare(options.Out(parsed));
            var load = new Load([scenario], options.Seed(parsed), arrivals);
            var run = new LoadRun(load, [], TimeSpan.FromSeconds(5), options.Limits(parsed), TimeProvider.System, output, error);
            var report = await run.RunAsync("replay", scenario.Name, "replay", options.Seed(parsed), notes, cancel);
            return LoadRun.Finish(AuditLog.On(report, options.Audit(parsed)), options.Out(parsed), null, [], output, error);
        });
        return command;
    }

    // All of a log, and what its stand-ins are made from; a log without a request is told with the reason.
    private static (LogFile File, byte[] Key) Read(string path, CancellationToken cancel)
    {
        try
        {
            using var source = LogSource.Open(path);
            var file = LogReader.Read(source.Text, cancel);
            return file.Entries.Count > 0 ? (file, source.Key()) : throw new UsageException($"{source.Name} has no request that can be sent: {Why(file)}");
        }
        catch (OperationCanceledException)
        {
            throw new UsageException("cut short while the log was read; nothing was sent", 3);
        }
    }

    private static string Why(LogFile file) => file.Note
        ?? (file.Malformed == 0 ? file.Format == "empty" ? "it is empty" : $"it is {file.Format} without any"
            : $"none of its {file.Malformed:N0} lines is one, the first (line {file.FirstMalformed:N0}) is {Shown(file)}; NCSA combined and common, W3C extended, JSON lines and HAR are read, plain or gzipped");

    private static string Shown(LogFile file) => file.FirstText.Length == 0 ? $"longer than {BoundedLines.Longest:N0} characters" : Words.Quote(file.FirstText);

    private static IEnumerable<string> Notes(LogFile file, IReadOnlyList<Arrival> arrivals, Anonymizer persons)
    {
        yield return $"{file.Format}: {file.Entries.Count:N0} requests of {persons.Clients:N0} clients, {arrivals.Count:N0} to send in {(arrivals.Count == 0 ? 0 : arrivals[^1].At):N1} s";
        if (file.Note is not null)
        {
            yield return $"the log is not taken whole: {file.Note}; what stands before that is taken";
        }

        if (file.Malformed > 0)
        {
            var what = file.Format == "HAR" ? "entry" : "line";
            yield return $"left out, as it could not be read: {file.Malformed:N0} {(file.Malformed == 1 ? what : file.Format == "HAR" ? "entries" : "lines")}, the first is {what} {file.FirstMalformed:N0}"
                + (file.TooLong > 0 ? $"; {file.TooLong:N0} of them are longer than {BoundedLines.Longest:N0} characters" : string.Empty);
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
        Name = path == "-" ? "stdin" : Path.GetFileName(path),
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

    private static string Iso(double at) => DateTimeOffset.UnixEpoch.AddSeconds(at).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static (string From, string To) Map(string text) => text.Split('=', 2) is [['/', ..] from, ['/', ..] to]
        ? (from, to)
        : throw new UsageException($"--map \"{text}\" must be two paths, such as /old=/new");
}
