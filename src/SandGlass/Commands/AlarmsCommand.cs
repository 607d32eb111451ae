using System.CommandLine;
using System.Text.Json;
using SandGlass.Alarms;
using SandGlass.Policy;

namespace SandGlass.Commands;

/// <summary><c>sandglass alarms</c>: how a running gateway's alarms stand; or the same alarms as rules for Prometheus.</summary>
internal static class AlarmsCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var admin = AdminCall.Option();
        var json = AdminCall.JsonOption();
        var prometheus = new Option<bool>("--prometheus") { Description = "Print them as alerting rules of Prometheus" };
        var policy = new Option<FileInfo?>("--policy") { Description = "With --prometheus: of this file, without a running gateway", HelpName = "FILE" };
        var command = new Command("alarms", "Shows the alarms, the firing ones first.") { admin, json, prometheus, policy };
        command.SetAction((parsed, cancellationToken) =>
            parsed.GetValue(policy) is { } file ? WriteAsync(file, output, error)
            : parsed.GetValue(prometheus) ? AdminCall.AskAsync(
                parsed.GetValue(admin)!, HttpMethod.Get, "api/alarms/prometheus", null, error, answer => output.WriteAsync(answer.GetProperty("rules").GetString()), cancellationToken)
            : AdminCall.AskAsync(
                parsed.GetValue(admin)!, HttpMethod.Get, "api/alarms", null, error, answer => ShowAsync(answer, parsed.GetValue(json), output), cancellationToken));
        return command;
    }

    private static async Task<int> WriteAsync(FileInfo file, TextWriter output, TextWriter error)
    {
        if (PolicyFile.TryRead(file.FullName, out var why) is not { } bytes)
        {
            await error.WriteLineAsync($"sandglass: {why}").ConfigureAwait(false);
            return 2;
        }

        if (PolicyReader.Read(bytes, file.FullName, file.DirectoryName ?? ".", TimeProvider.System).Policy is not { } policy)
        {
            await error.WriteLineAsync($"sandglass: {file} is not valid; sandglass check {file} says why").ConfigureAwait(false);
            return 2;
        }

        await output.WriteAsync(PrometheusRules.Write(policy)).ConfigureAwait(false);
        return 0;
    }

    private static async Task ShowAsync(JsonElement alarms, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            await output.WriteLineAsync(alarms.GetRawText()).ConfigureAwait(false);
            return;
        }

        string[] order = ["firing", "pending", "quiet"];
        var rows = alarms.EnumerateArray().OrderBy(a => Array.IndexOf(order, a.GetProperty("state").GetString())).Select(static a => new[]
        {
            a.GetProperty("state").GetString()!,
            a.GetProperty("severity").GetString()!,
            a.GetProperty("name").GetString()!,
            a.GetProperty("value") is { ValueKind: JsonValueKind.Number } value ? value.GetRawText() : "–",
            a.GetProperty("text").GetString()!,
        });
        await Table.WriteAsync(output, ["STATE", "SEVERITY", "ALARM", "VALUE", "WHEN"], rows, "the policy has no alarms").ConfigureAwait(false);
    }
}
