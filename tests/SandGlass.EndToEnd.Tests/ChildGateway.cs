using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SandGlass.EndToEnd.Tests;

/// <summary>The real program as a process of its own, which can be killed.</summary>
internal sealed class ChildGateway : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "sandglass.dll");

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly TaskCompletionSource<string> _serves = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildGateway(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _said.Enqueue(line.Data ?? string.Empty);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>Speaks to the admin listener.</summary>
    public HttpClient Admin { get; private set; } = null!;

    /// <summary>Where the site's traffic is taken.</summary>
    public Uri Data { get; private set; } = null!;

    /// <summary>All that was logged or complained of, so far.</summary>
    public string Said => string.Join('\n', _said);

    /// <summary>Starts one and waits until it serves.</summary>
    public static Task<ChildGateway> StartAsync(
        string policy, string state, string listen = "http://127.0.0.1:0", params (string Name, string Value)[] environment) =>
        StartAsync(policy, state, listen, "http://127.0.0.1:0", environment);

    /// <summary>Starts one with an admin address of one's own.</summary>
    public static async Task<ChildGateway> StartAsync(
        string policy, string state, string listen, string admin, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(policy)! };
        foreach (var argument in (string[])["exec", Program, "run", "--policy", policy, "--listen", listen, "--admin", admin, "--state", state, "--drain", "0s"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("SANDGLASS_ADMIN_TOKEN");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var child = new ChildGateway(Process.Start(start)!);
        try
        {
            var line = await child._serves.Task.WaitAsync(Eventually.Deadline, TimeProvider.System);
            child.Data = new(Regex.Match(line, "https?://127\\.0\\.0\\.1:[0-9]+").Value);
            child.Admin = new() { BaseAddress = new(Regex.Matches(line, "https?://127\\.0\\.0\\.1:[0-9]+")[^1].Value), Timeout = Eventually.Deadline };
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stands still with all its connections.</summary>
    public Task StopAsync() => Programs.SignalAsync(_process, "-STOP");

    /// <summary>SIGCONT.</summary>
    public Task ContinueAsync() => Programs.SignalAsync(_process, "-CONT");

    private void Hear(string? line)
    {
        _said.Enqueue(line ?? string.Empty);
        if (line is null)
        {
            _serves.TrySetException(new InvalidOperationException($"the gateway did not start: {Said}"));
        }
        else if (line.StartsWith("SandGlass serves", StringComparison.Ordinal))
        {
            _serves.TrySetResult(line);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        Admin?.Dispose();
        _process.Dispose();
    }
}
