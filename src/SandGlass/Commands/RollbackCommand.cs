using System.CommandLine;

namespace SandGlass.Commands;

/// <summary><c>sandglass rollback REVISION</c>: puts a policy that was in force before in force again.</summary>
internal static class RollbackCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var revision = new Argument<string?>("REVISION") { Description = "The revision; without one, those that are kept are listed", Arity = ArgumentArity.ZeroOrOne };
        var reason = new Option<string?>("--reason") { Description = "Why; required to roll back", HelpName = "TEXT" };
        var admin = AdminCall.Option();
        var command = new Command("rollback", "Puts an earlier policy in force again, and in its file.") { revision, reason, admin };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var to = parsed.GetValue(revision);
            if (to is null)
            {
                return await AdminCall.AskAsync(parsed.GetValue(admin)!, HttpMethod.Get, "api/policy/revisions", null, error, async answer =>
                {
                    foreach (var entry in answer.EnumerateArray())
                    {
                        var current = entry.GetProperty("current").GetBoolean() ? " (in force)" : string.Empty;
                        await output.WriteLineAsync(
                            $"{entry.GetProperty("revision").GetString()}  {entry.GetProperty("at").GetDateTimeOffset():yyyy-MM-dd HH:mm:ss zzz}  {entry.GetProperty("by").GetString()}: {entry.GetProperty("reason").GetString()}{current}")
                            .ConfigureAwait(false);
                    }
                }, cancellationToken).ConfigureAwait(false);
            }

            if (string.IsNullOrWhiteSpace(parsed.GetValue(reason)))
            {
                await error.WriteLineAsync("sandglass: --reason is required to roll back; whoever comes after you will want to know").ConfigureAwait(false);
                return 2;
            }

            return await AdminCall.AskAsync(
                parsed.GetValue(admin)!,
                HttpMethod.Post,
                "api/policy/rollback",
                new { revision = to, reason = parsed.GetValue(reason) },
                error,
                answer => output.WriteLineAsync($"revision {answer.GetProperty("revision").GetString()} is in force"),
                cancellationToken).ConfigureAwait(false);
        });
        return command;
    }
}
