using System.CommandLine;

namespace SandGlass.Commands;

/// <summary><c>sandglass init</c>: a commented policy to begin with, and its schema beside it. Never writes over a file.</summary>
internal static class InitCommand
{
    private const string Schema = "policy.schema.json";

    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string>("FILE") { Description = "Where to write it", DefaultValueFactory = static _ => "policy.json" };
        var command = new Command("init", "Writes a commented starter policy, and the JSON Schema beside it for your editor.") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(file)!;
            try
            {
                await WriteAsync(path, "starter.json", cancellationToken).ConfigureAwait(false);
            }
            catch (IOException) when (File.Exists(path))
            {
                await error.WriteLineAsync($"sandglass: {path} is there already and was left as it is; name another file").ConfigureAwait(false);
                return 1;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
            {
                await error.WriteLineAsync($"sandglass: {path} cannot be written ({fault.Message}); name a file in a folder that you may write").ConfigureAwait(false);
                return 3;
            }

            var schema = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Schema);
            if (!File.Exists(schema))
            {
                await WriteAsync(schema, Schema, cancellationToken).ConfigureAwait(false);
            }

            await output.WriteLineAsync(
                $"wrote {path}: change the backends' addresses to yours, then\n  sandglass check {path}\n  sandglass run --policy {path}").ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    private static async Task WriteAsync(string path, string resource, CancellationToken cancellationToken)
    {
        await using var from = typeof(InitCommand).Assembly.GetManifestResourceStream(resource)!;
        await using var to = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
    }
}
