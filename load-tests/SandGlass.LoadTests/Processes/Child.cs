using System.Collections.Concurrent;
using System.Diagnostics;

namespace SandGlass.LoadTests.Processes;

/// <summary>
/// A program that ends when we do: by SIGTERM, and where that is not heard within a few seconds by SIGKILL, with all that it has started. What it says is kept, the last lines of it,
/// for the case that it does not start.
/// </summary>
internal sealed class Child : IAsyncDisposable
{
    private const int MostLines = 50;
    private static readonly ConcurrentDictionary<Child, bool> Living = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly Queue<string> _said = new();

    private Child(string name, Process process, TimeProvider time)
    {
        (Name, _process, _time) = (name, process, time);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Living[this] = true;
    }

    /// <summary>At once, all that have been started and not ended: for the last moment of ours, when nobody is left to wait for them.</summary>
    public static void KillAll()
    {
        foreach (var child in Living.Keys)
        {
            child._process.Kill(entireProcessTree: true);
        }
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool Ended => _process.HasExited;

    /// <summary>The last lines of what it said.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return string.Join('\n', _said);
            }
        }
    }

    /// <param name="name">For what is told of it.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="folder">Where it works; it should be its own, since some watch the folder they start in.</param>
    /// <param name="time">A clock.</param>
    public static Child Start(string name, IReadOnlyList<string> command, string folder, TimeProvider time)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        // A token of the caller's own gateway is not this one's.
        start.Environment.Remove("SANDGLASS_ADMIN_TOKEN");
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new(name, process, time);
    }

    /// <summary>A program of this project that lies beside us.</summary>
    public static IReadOnlyList<string> Ours(string assembly, params string[] arguments) =>
        ["dotnet", "exec", Path.Combine(AppContext.BaseDirectory, assembly + ".dll"), .. arguments];

    /// <summary>Until a URL answers with 2xx.</summary>
    public async Task AnswersAsync(string url, TimeSpan patience, CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };
        var began = _time.GetTimestamp();
        while (!Ended && _time.GetElapsedTime(began) < patience)
        {
            try
            {
                using var answer = await client.GetAsync(url, cancel);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // Not yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, cancel);
        }

        if (Ended)
        {
            await LastWordsAsync();
        }

        throw new Commands.UsageException($"{Name} {(Ended ? "ended at once" : $"did not answer on {url} within {patience.TotalSeconds:0} s")}: {(Said is { Length: > 0 } said ? said : "it said nothing")}", 3);
    }

    /// <summary>It has ended; what it said on the way may still be in the pipe.</summary>
    public async Task LastWordsAsync() => await _process.WaitForExitAsync().WaitAsync(Patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
            {
                if (OperatingSystem.IsWindows() || !Signal.Terminate(_process.Id))
                {
                    _process.Kill(entireProcessTree: true);
                }

                await _process.WaitForExitAsync().WaitAsync(Patience, _time);
            }
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }
        finally
        {
            Living.TryRemove(this, out _);
            _process.Dispose();
        }
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_said)
        {
            _said.Enqueue(line);
            if (_said.Count > MostLines)
            {
                _said.Dequeue();
            }
        }
    }
}
