using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SandGlass.LoadTests.Replay;

/// <summary>host ident user [17/May/2015:10:05:03 +0000] "GET /path HTTP/1.1" status bytes "referer" "agent": Apache's and nginx's combined, and common.</summary>
internal static partial class CombinedLine
{
    public static LogEntry? Parse(string line)
    {
        var match = Form().Match(line);
        if (!match.Success
            || !DateTimeOffset.TryParseExact(match.Groups["time"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return null;
        }

        return Requests.Make(time.ToUnixTimeSeconds(), match.Groups["method"].Value, match.Groups["target"].Value, match.Groups["client"].Value);
    }

    [GeneratedRegex("""^(?<client>\S+) \S+ .*?\[(?<time>[^\]]{20,30})\] "(?<method>[A-Z]{3,10}) (?<target>\S+)(?: HTTP/[0-9.]+)?" \d{3} (?:\d+|-)""")]
    private static partial Regex Form();
}

/// <summary>W3C extended, as IIS and CDNs write it: #Fields names the columns, which are parted by blanks or tabs; times are UTC.</summary>
internal sealed class W3CLine
{
    private Dictionary<string, int> _columns = [];

    public LogEntry? Parse(string line)
    {
        if (line.StartsWith('#'))
        {
            if (line.StartsWith("#Fields:", StringComparison.OrdinalIgnoreCase))
            {
                _columns = line["#Fields:".Length..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Index()
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
internal static class JsonLine
{
    private static readonly string[] Times = ["time", "@timestamp", "timestamp", "ts", "start_time"];
    private static readonly string[] Urls = ["url", "target", "path", "uri", "request_uri"];
    private static readonly string[] Clients = ["client", "client_ip", "remote_addr", "ip"];

    public static LogEntry? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && Time(First(root, Times)) is { } time
                ? Requests.Make(time, First(root, "method", "request_method")?.ToString() ?? "GET", First(root, Urls)?.ToString(), First(root, Clients)?.ToString() ?? "-")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static double? Time(JsonElement? value)
    {
        // From here on it is milliseconds: as seconds it would be the year 5138.
        const double Milliseconds = 1e11;
        if (value is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var plain))
        {
            return plain > Milliseconds ? plain / 1000 : plain;
        }

        return value is { ValueKind: JsonValueKind.String } text
            && DateTimeOffset.TryParse(text.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (time - DateTimeOffset.UnixEpoch).TotalSeconds
            : null;
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

/// <summary>An entry of a browser's recording. It is one client's.</summary>
internal static class HarEntry
{
    public static LogEntry? Parse(JsonElement entry)
    {
        try
        {
            var request = entry.GetProperty("request");
            var body = request.TryGetProperty("postData", out var post) && post.TryGetProperty("text", out var text) ? text.GetString() : null;
            return JsonLine.Time(entry.GetProperty("startedDateTime")) is { } time
                ? Requests.Make(time, request.GetProperty("method").GetString(), request.GetProperty("url").GetString(), "har") is { } made ? made with { Body = body } : null
                : null;
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
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
