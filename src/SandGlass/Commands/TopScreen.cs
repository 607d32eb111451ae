using System.Runtime.InteropServices;
using Spectre.Console;

namespace SandGlass.Commands;

/// <summary>Shows <see cref="TopView"/> on a terminal's second screen until q, Ctrl-C or a signal; then the terminal is as it was.</summary>
internal sealed class TopScreen(StatusFeed feed, TimeProvider time)
{
    // How often keys are looked for and, when something is new, the picture is drawn.
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(3);

    /// <summary>Whether there is a terminal that can be drawn on.</summary>
    public static bool IsPossible(TextWriter output) =>
        ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected
        && AnsiConsole.Profile.Capabilities is { Ansi: true, AlternateBuffer: true } && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Runs it. 0 quit; 1 the token was refused.</summary>
    public async Task<int> RunAsync(TextWriter error, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void Quit(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Quit);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Quit);
        using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Quit);
        var following = feed.FollowAsync(stop.Token);
        var console = AnsiConsole.Console;
        console.Write(new ControlCode("\u001b[?1049h\u001b[?25l"));
        try
        {
            await DrawAsync(console, following, stop).ConfigureAwait(false);
        }
        finally
        {
            console.Write(new ControlCode("\u001b[?25h\u001b[?1049l"));
            await stop.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            await following.ConfigureAwait(false);
            return 0;
        }
        catch (UnauthorizedAccessException refused)
        {
            await error.WriteLineAsync($"sandglass: {refused.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    private async Task DrawAsync(IAnsiConsole console, Task following, CancellationTokenSource stop)
    {
        var drawn = (At: -1L, Size: default((int, int)), Age: -1);
        while (!stop.IsCancellationRequested && !following.IsCompleted && !IsQuit())
        {
            var size = (Math.Max(20, System.Console.WindowWidth), Math.Max(4, System.Console.WindowHeight));
            var age = feed.Latest is null || time.GetElapsedTime(feed.LatestAt) is var passed && passed < Stale ? 0 : (int)passed.TotalSeconds;
            if (drawn != (feed.LatestAt, size, age) || feed.Latest is null)
            {
                drawn = (feed.LatestAt, size, age);
                Draw(console, size, age);
            }

            try
            {
                await Task.Delay(Beat, time, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Draw(IAnsiConsole console, (int Width, int Height) size, int age)
    {
        // The last column stays free: some terminals wrap when it is written.
        var width = size.Width - 1;
        var lines = feed.Latest is { } status ? TopView.Lines(status, width, size.Height - 1) : [];
        var note = feed.Trouble is { } trouble && (age > 0 || feed.Latest is null) ? $"[bold red]{Markup.Escape(TopView.Cut(Policy.Words.Visible(age > 0 ? $"{age} s old: {trouble}" : trouble), width))}[/]"
            : age > 0 ? $"[bold red]{age} s old[/]"
            : feed.Latest is null ? $"asking {Markup.Escape(feed.Gateway.ToString())} …"
            : "[dim]q quits[/]";
        console.Write(new ControlCode("\u001b[H"));
        foreach (var line in lines.Take(size.Height - 1))
        {
            console.Write(new Markup(line));
            console.Write(new ControlCode("\u001b[K\r\n"));
        }

        console.Write(new ControlCode("\u001b[J"));
        console.Write(new Markup(note));
        console.Write(new ControlCode("\u001b[K"));
    }

    private static bool IsQuit()
    {
        if (System.Console.IsInputRedirected)
        {
            return false;
        }

        while (System.Console.KeyAvailable)
        {
            if (System.Console.ReadKey(intercept: true) is { KeyChar: 'q' or 'Q' } or { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
            {
                return true;
            }
        }

        return false;
    }
}
