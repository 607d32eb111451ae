using System.CommandLine;
using System.CommandLine.Parsing;
using SandGlass.Hosting;

namespace SandGlass.Commands;

/// <summary>The verbs. Wrong usage is one line on stderr and exit code 2.</summary>
public static class CommandLine
{
    /// <summary>Runs one verb; its exit code.</summary>
    public static async Task<int> InvokeAsync(string[] args, TextWriter output, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            return await RunAsync(args, output, error).ConfigureAwait(false);
        }
        catch (OutputClosedException)
        {
            return 0;
        }
    }

    private static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("SandGlass: an edge gateway that keeps a site alive through its great sale.")
        {
            DemoCommand.Make(output),
            RunCommand.Make(output),
            InitCommand.Make(output, error),
            CheckCommand.Make(output, error),
            ExplainCommand.Make(output, error),
            SwitchCommand.Make(output, error),
            PlanCommand.Make(output, error),
            AlarmsCommand.Make(output, error),
            StatusCommand.Make(output, error),
            TopCommand.Make(output, error),
            SchemaCommand.Make(output),
            DiffCommand.Make(output, error),
            RollbackCommand.Make(output, error),
            CompletionCommand.Make(output),
        };
        if (Suggestions.AreWanted(args))
        {
            return await Suggestions.PrintAsync(root, args, output).ConfigureAwait(false);
        }

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            var wrong = parsed.CommandResult.Command is RootCommand && args is [{ } verb, ..] && !verb.StartsWith('-')
                ? $"there is no verb {verb}{Policy.Words.Instead(verb, root.Subcommands.Select(static c => c.Name))}"
                : parsed.Errors[0].Message.TrimEnd('.');
            await error.WriteLineAsync($"sandglass: {wrong}; see sandglass {Verb(parsed)}--help").ConfigureAwait(false);
            return 2;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }).ConfigureAwait(false);
        }
        catch (StartException fault)
        {
            await error.WriteLineAsync($"sandglass: {fault.Message}").ConfigureAwait(false);
            return fault.ExitCode;
        }
    }

    private static string Verb(ParseResult parsed)
    {
        var words = string.Empty;
        for (var at = parsed.CommandResult; at is { Command: not RootCommand }; at = at.Parent as CommandResult)
        {
            words = $"{at.Command.Name} {words}";
        }

        return words;
    }
}
