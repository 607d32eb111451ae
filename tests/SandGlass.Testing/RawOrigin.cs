using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandGlass.Testing;

/// <summary>A backend down at the bytes, for what no decent server does. The test's script is run once a request.</summary>
public sealed class RawOrigin : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<RawExchange, Task> _script;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Starts one.</summary>
    /// <param name="script">What it does with a request whose head has been read.</param>
    /// <param name="listens">Otherwise connections are refused, until <see cref="Listen"/>; the port is held all the same.</param>
    public RawOrigin(Func<RawExchange, Task> script, bool listens = true)
    {
        _script = script;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (listens)
        {
            Listen();
        }
    }

    /// <summary>Where it is.</summary>
    public string Address => $"http://{_listener.LocalEndPoint}";

    /// <summary>The heads that arrived.</summary>
    public IReadOnlyList<string> Heads => [.. _heads];

    /// <summary>One that is gone: nobody listens.</summary>
    public static RawOrigin Gone() => new(static _ => Task.CompletedTask, listens: false);

    /// <summary>One that sends these bytes for an answer and closes.</summary>
    public static RawOrigin Sending(string answer) => new(async exchange =>
    {
        await exchange.WriteAsync(answer);
        exchange.Close();
    });

    /// <summary>Takes connections from now on.</summary>
    public void Listen()
    {
        _listener.Listen(512);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var held = socket;
        socket.NoDelay = true;
        var exchange = new RawExchange(socket, _stop.Token);
        try
        {
            while (!exchange.Closed && await exchange.ReadHeadAsync() is { } head)
            {
                _heads.Enqueue(head);
                await _script(exchange);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException or IOException)
        {
            // The gateway, or the test, has gone.
        }
    }
}

/// <summary>One connection in the hands of a script.</summary>
public sealed class RawExchange
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _count;

    internal RawExchange(Socket socket, CancellationToken stopping)
    {
        _socket = socket;
        Stopping = stopping;
    }

    /// <summary>The test is over.</summary>
    public CancellationToken Stopping { get; }

    internal bool Closed { get; private set; }

    /// <summary>Sends bytes as they are (Latin-1).</summary>
    public async Task WriteAsync(string text)
    {
        ReadOnlyMemory<byte> bytes = Encoding.Latin1.GetBytes(text);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, Stopping)..];
        }
    }

    /// <summary>Waits in real time.</summary>
    public Task PauseAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, Stopping);

    /// <summary>Says nothing until the test is over or the gateway leaves.</summary>
    public async Task HangAsync()
    {
        while (await _socket.ReceiveAsync(_buffer.AsMemory(), Stopping) > 0)
        {
        }

        Closed = true;
    }

    /// <summary>Reads this many bytes of the request's body.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        var body = new byte[count];
        var have = Math.Min(count, _count);
        Take(have).CopyTo(body);
        while (have < count)
        {
            var read = await _socket.ReceiveAsync(body.AsMemory(have), Stopping);
            if (read == 0)
            {
                throw new IOException("the gateway closed in the middle of the body");
            }

            have += read;
        }

        return body;
    }

    /// <summary>Ends the connection in good order.</summary>
    public void Close()
    {
        Closed = true;
        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Cuts the connection: a TCP reset.</summary>
    public void Reset()
    {
        Closed = true;
        _socket.LingerState = new(true, 0);
        _socket.Close();
    }

    internal async Task<string?> ReadHeadAsync()
    {
        while (true)
        {
            var end = _buffer.AsSpan(0, _count).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return Encoding.Latin1.GetString(Take(end + 4));
            }

            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_count), Stopping);
            if (read == 0)
            {
                return null;
            }

            _count += read;
        }
    }

    private byte[] Take(int count)
    {
        var taken = _buffer.AsSpan(0, count).ToArray();
        _buffer.AsSpan(count, _count - count).CopyTo(_buffer);
        _count -= count;
        return taken;
    }
}
