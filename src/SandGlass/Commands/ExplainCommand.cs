using System.CommandLine;
using System.Text.Json;
using SandGlass.Algorithms.Keys;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Commands;

/// <summary><c>sandglass explain FILE METHOD URL</c>: what would become of one request, and why. Starts nothing and asks nobody.</summary>
internal static class ExplainCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string>("FILE") { Description = "The policy's file" };
        var method = new Argument<string>("METHOD") { Description = "The request's method, e.g. GET" };
        var url = new Argument<string>("URL") { Description = "Its URL, or only the path" };
        var headers = new Option<string[]>("-H", "--header") { Description = "A header of it: 'Name: value'; may be given more than once", HelpName = "HEADER" };
        var from = new Option<string>("--from") { Description = "Address of the TCP peer", HelpName = "IP", DefaultValueFactory = static _ => "127.0.0.1" };
        var json = new Option<bool>("--json") { Description = "Print JSON, as POST /api/explain answers" };
        var command = new Command("explain", "Tells which route a request takes, who its client is, and what each layer would decide; with rested limits and no switch on.")
        {
            file, method, url, headers, from, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetValue(file)!;
            if (RequestOf(parsed.GetValue(method)!, parsed.GetValue(url)!, parsed.GetValue(headers) ?? [], parsed.GetValue(from)!, out var http) is { } wrong)
            {
                await error.WriteLineAsync($"sandglass: {wrong}").ConfigureAwait(false);
                return 2;
            }

            if (PolicyFile.TryRead(path, out var why) is not { } bytes)
            {
                await error.WriteLineAsync($"sandglass: {path}: {why}").ConfigureAwait(false);
                return 2;
            }

            var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
            var reading = PolicyReader.Read(bytes, path, folder);
            if (!reading.Valid)
            {
                await error.WriteLineAsync($"sandglass: {path} is not valid; sandglass check {path} tells what to mend").ConfigureAwait(false);
                return 2;
            }

            // The program's own log says nothing: a defect shows in the explanation.
            using var state = new GatewayState(TimeProvider.System, new Defects(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));
            var snapshot = new PolicyCompiler(new Pipeline(new SipKey(1, 2), TimeProvider.System), state).Compile(reading);
            var told = Explainer.Explain(snapshot, http!, TimeProvider.System.GetTimestamp());
            await output.WriteLineAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(told, Json)
                : ExplainText.Write(told)).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = Sarif.Indented.Encoder };

    private static string? RequestOf(string method, string url, string[] lines, string from, out HttpContext? http)
    {
        http = null;
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                return $"{Words.Quote(line)} is no header; write it as \"Name: value\"";
            }

            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        return RehearsedRequest.TryMake(method, url, headers, from, out http);
    }
}
