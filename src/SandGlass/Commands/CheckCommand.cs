using System.CommandLine;
using System.Text;
using System.Text.Json;
using SandGlass.Commands.Probing;
using SandGlass.Policy;

namespace SandGlass.Commands;

/// <summary><c>sandglass check</c>: everything that is wrong with a policy, in one run; or the story of one rule.</summary>
internal static class CheckCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string?>("FILE") { Description = "The policy's file", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print JSON, for scripts" };
        var sarif = new Option<bool>("--sarif") { Description = "Print SARIF 2.1.0, for code review tools" };
        var explain = new Option<string?>("--explain") { Description = "Tell the story of one rule, e.g. SG1012", HelpName = "RULE" };
        var probe = new Option<bool>("--probe") { Description = "Also ask backends, Redis, secrets and the machine whether they are ready" };
        var admin = new Option<string?>("--admin") { Description = "With --probe: ask this running gateway too whether its fallbacks work", HelpName = "URL" };
        var command = new Command("check", "Validates a policy: all errors and warnings, each with its place and how to mend it.") { file, json, sarif, explain, probe, admin };
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(explain) is { } rule)
            {
                return await ExplainAsync(rule, output, error).ConfigureAwait(false);
            }

            if (parsed.GetValue(file) is not { } path)
            {
                await error.WriteLineAsync("sandglass: name the policy to check: sandglass check FILE").ConfigureAwait(false);
                return 2;
            }

            if (parsed.GetValue(sarif) && parsed.GetValue(probe))
            {
                await error.WriteLineAsync("sandglass: SARIF has no place for what --probe finds; use --json, or leave one of them out").ConfigureAwait(false);
                return 2;
            }

            var bytes = PolicyFile.TryRead(path, out var why);
            if (bytes is null)
            {
                await error.WriteLineAsync($"sandglass: {path}: {why}").ConfigureAwait(false);
                return 2;
            }

            JsonElement? running = null;
            if (parsed.GetValue(admin) is { } gateway && parsed.GetValue(probe)
                && await AdminCall.AskAsync(gateway, HttpMethod.Get, "api/status", null, error, status => Keep(status, out running), cancel).ConfigureAwait(false) is var asked and not 0)
            {
                return asked;
            }

            var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
            var reading = PolicyReader.Read(bytes, path, folder, TimeProvider.System);
            var probed = parsed.GetValue(probe) && reading.Policy is { } policy
                ? await new PolicyProbe(TimeProvider.System, Environment.GetEnvironmentVariable).AskAsync(policy, folder, MachineFacts.Read(), running, cancel).ConfigureAwait(false)
                : [];
            await output.WriteLineAsync(
                parsed.GetValue(sarif) ? Sarif.Write(path, reading)
                : parsed.GetValue(json) ? Json(path, reading, parsed.GetValue(probe) ? probed : null)
                : Text(path, reading, bytes, probed)).ConfigureAwait(false);
            return reading.Valid && probed.All(static p => p.Ok) ? 0 : 1;
        });
        return command;
    }

    private static Task Keep(JsonElement status, out JsonElement? kept)
    {
        kept = status;
        return Task.CompletedTask;
    }

    private static string Text(string path, PolicyReading reading, ReadOnlyMemory<byte> source, IReadOnlyList<ProbeResult> probed)
    {
        var text = new StringBuilder();
        foreach (var problem in new PolicyReport(path, source).Render(reading.Problems))
        {
            text.AppendLine(problem);
        }

        foreach (var result in probed)
        {
            text.AppendLine(result.ToString());
        }

        var errors = reading.Problems.Count(static p => p.Severity == Severity.Error);
        return text.Append($"{path}: revision {reading.Revision}, {Count(errors, "error")}, {Count(reading.Problems.Count - errors, "warning")}")
            .Append(probed.Count > 0 ? $", {probed.Count(static p => !p.Ok)} of {probed.Count} not ready" : string.Empty)
            .Append(reading.Problems.Count > 0 ? $"; sandglass check --explain {reading.Problems[0].Rule} tells more" : string.Empty).ToString();
    }

    private static string Json(string path, PolicyReading reading, IReadOnlyList<ProbeResult>? probed)
    {
        var told = new Dictionary<string, object>
        {
            ["file"] = path,
            ["valid"] = reading.Valid,
            ["revision"] = reading.Revision,
            ["problems"] = reading.Problems.Select(static p => new
            {
                severity = p.Severity == Severity.Error ? "error" : "warning",
                rule = p.Rule,
                pointer = p.Pointer,
                line = p.Line,
                column = p.Column,
                message = p.Message,
            }),
        };
        if (probed is not null)
        {
            told["probe"] = probed.Select(static p => new { what = p.What, name = p.Name, ok = p.Ok, warns = p.Warns, detail = p.Detail, milliseconds = p.Milliseconds });
        }

        return JsonSerializer.Serialize(told, Sarif.Indented);
    }

    private static async Task<int> ExplainAsync(string id, TextWriter output, TextWriter error)
    {
        var rule = PolicyRules.All.FirstOrDefault(r => r.Id.Equals(id, StringComparison.OrdinalIgnoreCase));
        if (rule is null)
        {
            await error.WriteLineAsync($"sandglass: there is no rule {id}; the rules are {string.Join(' ', PolicyRules.All.Select(static r => r.Id))}").ConfigureAwait(false);
            return 2;
        }

        await output.WriteLineAsync($"{rule.Id} ({(rule.Severity == Severity.Error ? "error" : "warning")}): {rule.Title}\n\n{rule.Story}").ConfigureAwait(false);
        return 0;
    }

    private static string Count(int count, string word) => $"{count} {word}{(count == 1 ? string.Empty : "s")}";
}
