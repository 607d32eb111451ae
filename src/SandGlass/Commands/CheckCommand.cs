using System.CommandLine;
using System.Text;
using SandGlass.Policy;

namespace SandGlass.Commands;

/// <summary><c>sandglass check</c>: everything that is wrong with a policy, in one run.</summary>
internal static class CheckCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string>("FILE") { Description = "The policy's file" };
        var command = new Command("check", "Validates a policy: all errors and warnings, each with its place and how to mend it.") { file };
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetValue(file)!;
            var bytes = PolicyFile.TryRead(path, out var why);
            if (bytes is null)
            {
                await error.WriteLineAsync($"sandglass: {path} {why.Replace(" with --policy", string.Empty, StringComparison.Ordinal)}").ConfigureAwait(false);
                return 2;
            }

            var reading = PolicyReader.Read(bytes, path, Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".");
            var text = Encoding.UTF8.GetString(bytes);
            foreach (var problem in reading.Problems)
            {
                await output.WriteLineAsync(problem.Render(path, text)).ConfigureAwait(false);
            }

            var errors = reading.Problems.Count(static p => p.Severity == Severity.Error);
            await output.WriteLineAsync(
                $"{path}: revision {reading.Revision}, {errors} error{(errors == 1 ? string.Empty : "s")}, {reading.Problems.Count - errors} warning{(reading.Problems.Count - errors == 1 ? string.Empty : "s")}")
                .ConfigureAwait(false);
            return reading.Valid ? 0 : 1;
        });
        return command;
    }
}
