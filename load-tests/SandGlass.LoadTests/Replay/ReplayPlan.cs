using SandGlass.LoadTests.Planning;
using SandGlass.LoadTests.Running;

namespace SandGlass.LoadTests.Replay;

/// <summary>How a log is bent.</summary>
/// <param name="Speed">So many times as fast: gaps shrink, the rate grows.</param>
/// <param name="Rate">So many times as many: each request is sent so often, the gaps stay.</param>
/// <param name="StretchPeak">The busiest minute lasts so many minutes.</param>
/// <param name="Loop">All of it so often, one after the other.</param>
/// <param name="Maps">Path prefixes, and what they become; the longest that fits counts.</param>
/// <param name="SendClients">Send the clients' stand-in addresses as X-Forwarded-For.</param>
/// <param name="Seed">Of what is spread within a second and of which requests are doubled.</param>
internal sealed record ReplayOptions(double Speed, double Rate, double StretchPeak, int Loop, IReadOnlyList<(string From, string To)> Maps, bool SendClients, int Seed);

/// <summary>A log as arrivals: pure, and all known before the first is sent.</summary>
internal static class ReplayPlan
{
    /// <summary>Arrivals at most: all are known before the first, at 16 bytes each and more while they are put in order.</summary>
    public const int Most = 20_000_000;

    private const double Minute = 60;

    /// <summary>How many arrivals it would be, about.</summary>
    public static double Count(LogFile log, ReplayOptions options)
    {
        if (log.Entries.Count == 0)
        {
            return 0;
        }

        var peak = log.Entries.GroupBy(e => Math.Floor((e.At - log.Entries[0].At) / Minute)).Max(static g => g.Count());
        return (log.Entries.Count + ((Math.Max(1, options.StretchPeak) - 1) * peak)) * options.Rate * options.Loop;
    }

    /// <summary>The arrivals in order; the first is at 0 seconds or within the first second. Whoever calls has looked at <see cref="Count"/>.</summary>
    public static IReadOnlyList<Arrival> Make(LogFile log, ReplayOptions options, Anonymizer persons)
    {
        if (log.Entries.Count == 0)
        {
            return [];
        }

        var begin = log.Entries[0].At;
        var dice = new Dice((ulong)(uint)options.Seed);
        (double At, LogEntry Entry)[] timed = [.. Spread(log, begin, ref dice)];
        var stretched = Stretch(timed, options.StretchPeak);
        var length = stretched[^1].At + (log.WholeSeconds ? 1 - (stretched[^1].At % 1) : 0.001);
        Dictionary<(string, string), Replayed> made = [];
        List<Arrival> arrivals = [];
        for (var turn = 0; turn < options.Loop; turn++)
        {
            foreach (var (at, entry) in stretched)
            {
                var copies = (int)options.Rate + (dice.Roll() < options.Rate - Math.Floor(options.Rate) ? 1 : 0);
                for (var copy = 0; copy < copies; copy++)
                {
                    // Copies come within half a second of the first, and from other clients, as more visitors of the same kind would.
                    var later = copy == 0 ? 0 : dice.Roll() * 0.5;
                    var request = Request(entry, copy, options, persons, made);
                    arrivals.Add(new(((turn * length) + at + later) / options.Speed, request));
                }
            }
        }

        return options.Rate > 1 ? [.. arrivals.OrderBy(static a => a.At)] : arrivals;
    }

    // Whole seconds hide when in the second a request came: as many uniform moments as there are requests, in the order of the log.
    private static List<(double At, LogEntry Entry)> Spread(LogFile log, double begin, ref Dice dice)
    {
        List<(double, LogEntry)> spread = [];
        if (!log.WholeSeconds)
        {
            return [.. log.Entries.Select(e => (e.At - begin, e))];
        }

        foreach (var second in log.Entries.GroupBy(static e => e.At))
        {
            LogEntry[] entries = [.. second];
            double within = 0;
            for (var i = 0; i < entries.Length; i++)
            {
                within += (1 - within) * (1 - Math.Pow(1 - dice.Roll(), 1.0 / (entries.Length - i)));
                spread.Add((second.Key - begin + Math.Min(within, 0.999999), entries[i]));
            }
        }

        return spread;
    }

    // The busiest minute is played again and again, the last time in part; what follows is later by as much.
    private static (double At, LogEntry Entry)[] Stretch((double At, LogEntry Entry)[] timed, double times)
    {
        if (times <= 1)
        {
            return timed;
        }

        var peak = timed.GroupBy(static t => Math.Floor(t.At / Minute)).MaxBy(static g => g.Count())!;
        var (from, to, more) = (peak.Key * Minute, (peak.Key + 1) * Minute, (times - 1) * Minute);
        List<(double, LogEntry)> stretched = [.. timed.Where(t => t.At < to)];
        for (double turn = 1; turn < times; turn++)
        {
            stretched.AddRange(peak.Where(p => p.At - from + (turn * Minute) < times * Minute).Select(p => (p.At + (turn * Minute), p.Entry)));
        }

        stretched.AddRange(timed.Where(t => t.At >= to).Select(t => (t.At + more, t.Entry)));
        return [.. stretched];
    }

    private static Replayed Request(LogEntry entry, int copy, ReplayOptions options, Anonymizer persons, Dictionary<(string, string), Replayed> made)
    {
        var client = copy == 0 ? entry.Client : $"{entry.Client}\n{copy}";
        var key = (client, $"{entry.Method} {entry.Target}");
        // The same client and target again are the same object: a log of millions is mostly repetition.
        if (entry.Body is null && made.TryGetValue(key, out var known))
        {
            return known;
        }

        var stands = persons.Client(client);
        List<(string, string)> headers = [("User-Agent", "sandglass-load")];
        if (options.SendClients)
        {
            headers.Add(("X-Forwarded-For", stands));
        }

        var body = entry.Body ?? (entry.Method is "POST" or "PUT" or "PATCH" ? string.Empty : null);
        return made[key] = new(new HttpMethod(entry.Method), persons.Target(Mapped(entry.Target, options.Maps)), headers, body);
    }

    private static string Mapped(string target, IReadOnlyList<(string From, string To)> maps)
    {
        var map = maps.Where(m => IsBelow(target, m.From)).OrderByDescending(static m => m.From.Length).FirstOrDefault();
        return map.From is null ? target : "/" + string.Concat(map.To, target.AsSpan(map.From.Length)).TrimStart('/');
    }

    // Whole segments: what is said of /old does not hold for /older.
    private static bool IsBelow(string target, string path) =>
        target.StartsWith(path, StringComparison.Ordinal) && (target.Length == path.Length || path.EndsWith('/') || target[path.Length] is '/' or '?');
}
