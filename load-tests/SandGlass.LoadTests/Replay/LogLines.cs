using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SandGlass.LoadTests.Replay;

/// <summary>
/// host ident user [17/May/2015:10:05:03 +0000] "GET /path HTTP/1.1" status bytes "referer" "agent": Apache's and nginx's combined, and common; with the virtual host
/// before it (Debian's other_vhosts_access.log) too.
/// </summary>
internal sealed partial class CombinedFormat() : LineFormat("NCSA combined")
{
    public override LogEntry? Parse(string line)
    {
        var match = Form().Match(line);
        if (!match.Success
            || !DateTimeOffset.TryParseExact(match.Groups["time"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return null;
        }

        // Nobody's identity (RFC 1413) is an address: where one stands in its place, a host stands before it.
        var client = match.Groups[IPAddress.TryParse(match.Groups["ident"].ValueSpan, out _) ? "ident" : "client"].Value;
        return Requests.Make(time.ToUnixTimeSeconds(), match.Groups["method"].Value, match.Groups["target"].Value, client);
    }

    [GeneratedRegex("""^(?<client>\S+) (?<ident>\S+) .*?\[(?<time>[^\]]{20,30})\] "(?<method>[A-Z]{3,10}) (?<target>\S+)(?: HTTP/[0-9.]+)?" \d{3} (?:\d+|-)""")]
    private static partial Regex Form();
}

/// <summary>W3C extended, as IIS and CDNs write it: #Fields names the columns, which are parted by blanks or tabs; times are UTC.</summary>
internal sealed class W3CFormat() : LineFormat("W3C extended")
{
    private const string Fields = "#Fields:";

    private Dictionary<string, int> _columns = [];

    public override string? Lacks => _columns.Count == 0 ? "it has no #Fields line, which names the columns: put the one of the log's begin before it" : null;

    public static bool NamesColumns(string line) => line.StartsWith(Fields, StringComparison.OrdinalIgnoreCase);

    public override bool IsDirective(string line) => line.StartsWith('#');

    public override LogEntry? Parse(string line)
    {
        if (line.StartsWith('#'))
        {
            if (NamesColumns(line))
            {
                _columns = line[Fields.Length..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Index()
                    .GroupBy(static c => c.Item, StringComparer.OrdinalIgnoreCase).ToDictionary(static g => g.Key, static g => g.First().Index, StringComparer.OrdinalIgnoreCase);
            }

            return null;
        }

        var cells = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        string? Cell(string name) => _columns.TryGetValue(name, out var index) && index < cells.Length && cells[index] != "-" ? cells[index] : null;
        if (!DateTimeOffset.TryParse($"{Cell("date")} {Cell("time")}", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) || Cell("date") is null || Cell("time") is null)
        {
            return null;
        }

        var query = Cell("cs-uri-query");
        var target = Cell("cs-uri") ?? Cell("cs-uri-stem") + (query is null ? string.Empty : "?" + query);
        return Requests.Make(time.ToUnixTimeMilliseconds() / 1000.0, Cell("cs-method"), target, Cell("c-ip") ?? "-");
    }
}

/// <summary>An object a line: time (ISO 8601, or seconds or milliseconds since 1970), method, url, client. Other names in use are taken too.</summary>
internal sealed class JsonFormat() : LineFormat("JSON lines")
{
    // The year 9999's end, in seconds since 1970; what is beyond is no time.
    private const double Latest = 253_402_300_799;


    private static readonly string[] Times = ["time", "@timestamp", "timestamp", "ts", "start_time"];
    private static readonly string[] Urls = ["url", "target", "path", "uri", "request_uri"];
    private static readonly string[] Clients = ["client", "client_ip", "remote_addr", "ip"];

    public override LogEntry? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && Time(First(root, Times)) is { } time
                ? Requests.Make(time, First(root, "method", "request_method")?.ToString() ?? "GET", First(root, Urls)?.ToString(), First(root, Clients)?.ToString() ?? "-")
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The latter: half of a surrogate pair, which is JSON and no text.
            return null;
        }
    }

    public static double? Time(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => number.TryGetDouble(out var plain) ? Since1970(plain) : null,
        { ValueKind: JsonValueKind.String } quoted => quoted.GetString() is var text && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var plain) ? Since1970(plain)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? (time - DateTimeOffset.UnixEpoch).TotalSeconds
            : null,
        _ => null,
    };

    // Seconds, milli-, micro- or nanoseconds: whichever is before the year 5138.
    private static double? Since1970(double number)
    {
        const double Seconds = 1e11;
        for (var finer = 0; finer < 3 && number > Seconds; finer++)
        {
            number /= 1000;
        }

        return number is >= 0 and <= Latest ? number : null;
    }

    private static JsonElement? First(JsonElement root, params string[] names)
    {
        foreach (var name in names)
        {
            if (root.TryGetProperty(name, out var value))
            {
                return value;
            }
        }

        return null;
    }
}

/// <summary>What all formats have in common: a method, and a target whose host is left out.</summary>
internal static class Requests
{
    private static readonly HashSet<string> Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    public static LogEntry? Make(double at, string? method, string? target, string client)
    {
        if (method is null || !Methods.Contains(method) || target is null || !double.IsFinite(at))
        {
            return null;
        }

        if (Uri.TryCreate(target, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            target = url!.PathAndQuery;
        }

        var fragment = target.IndexOf('#', StringComparison.Ordinal);
        target = fragment < 0 ? target : target[..fragment];
        // Two slashes at its begin would be read as another host.
        return target.StartsWith('/') && !target.StartsWith("//", StringComparison.Ordinal) && !target.Any(static c => c <= ' ') ? new(at, method, target, client) : null;
    }
}
