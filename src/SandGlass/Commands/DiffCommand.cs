using System.CommandLine;
using SandGlass.Policy;

namespace SandGlass.Commands;

/// <summary><c>sandglass diff A B</c>: what changed between two policies, each a file or a revision that the state folder keeps.</summary>
internal static class DiffCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var a = new Argument<string>("A") { Description = "The older one: a file, or a revision" };
        var b = new Argument<string>("B") { Description = "The newer one: a file, or a revision" };
        var state = new Option<string>("--state") { Description = "The gateway's state folder, where revisions are kept", HelpName = "DIR", DefaultValueFactory = static _ => "./state" };
        var command = new Command("diff", "Tells what changed between two policies, in the policy's words.") { a, b, state };
        command.SetAction(async (parsed, _) =>
        {
            var older = await FindAsync(parsed.GetValue(a)!, parsed.GetValue(state)!, error).ConfigureAwait(false);
            var newer = older is null ? null : await FindAsync(parsed.GetValue(b)!, parsed.GetValue(state)!, error).ConfigureAwait(false);
            if (older is null || newer is null)
            {
                return 2;
            }

            if (PolicyDiff.Between(older, newer) is not { } changes)
            {
                await error.WriteLineAsync("sandglass: one of the two is not JSON; sandglass check FILE says where").ConfigureAwait(false);
                return 2;
            }

            foreach (var change in changes)
            {
                await output.WriteLineAsync(change).ConfigureAwait(false);
            }

            await output.WriteLineAsync(changes.Count == 0 ? "no difference in meaning" : $"{changes.Count} difference{(changes.Count == 1 ? string.Empty : "s")}").ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    private static async Task<byte[]?> FindAsync(string name, string state, TextWriter error)
    {
        var kept = Path.Combine(state, "policies", name + ".json");
        var path = !File.Exists(name) && File.Exists(kept) ? kept : name;
        if (PolicyFile.TryRead(path, out var why) is { } bytes)
        {
            return bytes;
        }

        await error.WriteLineAsync($"sandglass: {name}: {why}, or name a revision that --state keeps").ConfigureAwait(false);
        return null;
    }
}
