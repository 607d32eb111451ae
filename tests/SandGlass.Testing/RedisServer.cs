using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandGlass.Testing;

/// <summary>A real redis-server on a free port of loopback, which keeps nothing on the disk and can be stopped, killed and started again.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _password;
    private Process _process = null!;

    private RedisServer(string program, string password) => (_program, _password) = (program, password);

    /// <summary>Why a test that needs one is skipped; null: it is not.</summary>
    public static string? Missing { get; } = Programs.Find("redis-server") is null ? Programs.Missing("redis-server", "redis-server") : null;

    /// <summary>Its port.</summary>
    public int Port { get; private set; }

    /// <summary>Where it is, for a policy or the command line.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<RedisServer> StartAsync(string password = "")
    {
        var server = new RedisServer(Programs.Find("redis-server")!, password);
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            server.Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        await server.RestartAsync();
        return server;
    }

    /// <summary>Starts it on the same port, with nothing in it.</summary>
    public async Task RestartAsync()
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath(), .. _password.Length > 0 ? new[] { "--requirepass", _password } : []])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await AskAsync("PING")).Length > 0;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            static () => "redis-server answers");
    }

    /// <summary>SIGSTOP: it hangs with all its connections.</summary>
    public Task StopAsync() => Programs.SignalAsync(_process, "-STOP");

    /// <summary>SIGCONT.</summary>
    public Task ContinueAsync() => Programs.SignalAsync(_process, "-CONT");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends one command in line form; returns the start of what it answers.</summary>
    public async Task<string> AskAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await using var stream = client.GetStream();
        var login = _password.Length > 0 ? $"AUTH {_password}\r\n" : string.Empty;
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{login}{command}\r\n"));
        var buffer = new byte[65536];
        var read = await stream.ReadAsync(buffer);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
