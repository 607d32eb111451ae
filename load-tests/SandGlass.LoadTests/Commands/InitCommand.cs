using System.CommandLine;

namespace SandGlass.LoadTests.Commands;

/// <summary><c>sandglass-load init</c>: an example to begin with.</summary>
internal static class InitCommand
{
    private const string About = """
        Writes a commented configuration that runs against the demo.

        Example:
          sandglass-load init my-load.json && sandglass-load run my-load.json --dry-run
        """;

    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string>("FILE") { Description = "Must not be there yet" };
        var command = new Command("init", About) { file };
        command.SetAction(async (parsed, cancel) =>
        {
            var path = parsed.GetValue(file)!;
            if (File.Exists(path))
            {
                await error.WriteLineAsync($"sandglass-load: {path} is there already; name another file");
                return 2;
            }

            await using var example = typeof(InitCommand).Assembly.GetManifestResourceStream("demo.json")!;
            await using var to = File.Create(path);
            await example.CopyToAsync(to, cancel);
            await output.WriteLineAsync($"{path}; next: sandglass-load run {path} --dry-run");
            return 0;
        });
        return command;
    }
}
