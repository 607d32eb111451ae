using System.CommandLine;
using System.Runtime.InteropServices;
using SandGlass.LoadTests.Config;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Commands;

/// <summary>The verbs. Wrong usage is one line on stderr and exit code 2.</summary>
internal static class LoadCommandLine
{
    private const string ExitCodes = "\n\nExit codes: 0 done; 1 a threshold was missed, or no request was answered; 2 wrong usage or an invalid file; 3 cut short; 4 not a measurement: the generator fell behind.";

    /// <summary>Runs one verb; its exit code.</summary>
    public static async Task<int> InvokeAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("sandglass-load: load with honest latencies, from NBomber's JSON or from a log." + ExitCodes)
        {
            RunCommand.Make(output, error),
            InitCommand.Make(output, error),
            ReplayCommand.Make(output, error),
            CompareCommand.Make(output, error),
            ReportCommand.Make(output, error),
            ExportCommand.Make(output, error),
            DrillCommand.Make(output, error),
        };
        var parsed = root.Parse(args);
        if (parsed.CommandResult.Command == root)
        {
            // All verbs at a look: the examples are each verb's own.
            foreach (var verb in root.Subcommands)
            {
                verb.Description = FirstSentence(verb.Description!);
            }
        }

        if (parsed.Errors.Count > 0)
        {
            var top = parsed.CommandResult.Command is RootCommand;
            var wrong = top && args is [{ } verb, ..] && !verb.StartsWith('-')
                ? $"there is no verb {verb}{Words.Instead(verb, [.. root.Subcommands.Select(static c => c.Name)])}"
                : parsed.Errors[0].Message.TrimEnd('.');
            await error.WriteLineAsync($"sandglass-load: {wrong}; see sandglass-load {(top ? string.Empty : parsed.CommandResult.Command.Name + " ")}--help");
            return 2;
        }

        using var cut = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            // Our own handling of signals: what a verb has started is to end with it, however long that takes. A second signal ends us at once.
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cut.Token);
        }
        catch (UsageException fault)
        {
            await error.WriteLineAsync($"sandglass-load: {fault.Message}");
            return fault.ExitCode;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"sandglass-load: {fault.Message}");
            return 3;
        }

        static string FirstSentence(string text)
        {
            var paragraph = string.Join(' ', text.ReplaceLineEndings("\n").Split("\n\n")[0].Split('\n'));
            var end = paragraph.IndexOf(". ", StringComparison.Ordinal);
            return end < 0 ? paragraph : paragraph[..(end + 1)];
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = !cut.IsCancellationRequested;
            if (!signal.Cancel)
            {
                Child.KillAll();
            }

            cut.Cancel();
        }
    }
}

/// <summary>What the caller must mend: one line, and the exit code.</summary>
internal sealed class UsageException(string message, int exitCode = 2) : Exception(message)
{
    public int ExitCode => exitCode;
}
