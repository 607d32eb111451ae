using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace SandGlass.DemoShop;

/// <summary>
/// The listening socket of one backend, which can be closed and opened again while the server behind it runs: a backend that is
/// down must refuse connections as a dead process does, and Kestrel itself can only stop for good.
/// </summary>
internal sealed class Door(string backend) : IConnectionListenerFactory, IConnectionListener
{
    private readonly SocketTransportFactory sockets = new(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
    private readonly ConcurrentDictionary<string, ConnectionContext> guests = new();
    private readonly SemaphoreSlim turning = new(1);        // held while opening or closing
    private IConnectionListener? listener;                  // null while closed
    private TaskCompletionSource opened = new();
    private bool stopped;

    public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.Loopback, 0);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        EndPoint = endpoint;
        await OpenAsync(cancellationToken);
        return this;
    }

    /// <summary>Listens, at the same port as before.</summary>
    public async Task OpenAsync(CancellationToken ct)
    {
        await turning.WaitAsync(ct);
        try
        {
            if (listener is null && !stopped)
            {
                listener = await sockets.BindAsync(EndPoint, ct);
                EndPoint = listener.EndPoint;
                opened.TrySetResult();
            }
        }
        catch (AddressInUseException e)
        {
            throw new ShopPortTakenException(backend, ((IPEndPoint)EndPoint).Port, e);
        }
        finally
        {
            turning.Release();
        }
    }

    /// <summary>Refuses new connections and cuts those there are, except the one the order came by.</summary>
    public async Task CloseAsync(string? except)
    {
        await turning.WaitAsync();
        try
        {
            await StopListeningAsync();
        }
        finally
        {
            turning.Release();
        }

        foreach (var guest in guests.Values.Where(guest => guest.ConnectionId != except))
        {
            guest.Abort(new ConnectionAbortedException("the backend is down"));
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var wait = Volatile.Read(ref opened).Task;
            if (Volatile.Read(ref listener) is { } open)
            {
                if (await open.AcceptAsync(cancellationToken) is { } connection)
                {
                    return Welcome(connection);
                }
            }
            else if (Volatile.Read(ref stopped))
            {
                return null;
            }
            else
            {
                await wait.WaitAsync(cancellationToken);
            }
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        // Not given up when stopping takes too long: the port must be free afterwards, and the turn is only ever held for a moment.
        await turning.WaitAsync(CancellationToken.None);
        try
        {
            stopped = true;
            await StopListeningAsync();
            opened.TrySetResult();
        }
        finally
        {
            turning.Release();
        }
    }

    public async ValueTask DisposeAsync() => await UnbindAsync();

    /// <summary>The old signal is replaced before the listener goes, so that who sees no listener waits for the next opening.</summary>
    private async ValueTask StopListeningAsync()
    {
        if (listener is { } open)
        {
            Volatile.Write(ref opened, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            Volatile.Write(ref listener, null);
            await open.UnbindAsync();
            await open.DisposeAsync();
        }
    }

    private ConnectionContext Welcome(ConnectionContext connection)
    {
        guests[connection.ConnectionId] = connection;
        connection.ConnectionClosed.UnsafeRegister(_ => guests.TryRemove(connection.ConnectionId, out var _), null);
        return connection;
    }
}
