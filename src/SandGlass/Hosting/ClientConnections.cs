using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using SandGlass.Guarding;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Hosting;

/// <summary>
/// How many connections each client holds, and the cap on them (<c>edge.limits.connectionsPerClient</c>). Stands before TLS and before any
/// byte is read: what it closes has cost an accept. Trusted proxies carry many clients, so theirs are neither counted nor capped. Bounded
/// by what it counts: a client is remembered while it holds a connection. Counts without a cap too, so that a cap set during an attack
/// knows who is here.
/// </summary>
/// <param name="policy">The policy in force.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientConnections(Func<Snapshot> policy, TimeProvider time)
{
    // Long enough that a page in the making is not torn apart, short enough that it helps.
    private static readonly TimeSpan MostIdle = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<ConnectionUse, bool> _open = new();
    private readonly Lock _counting = new();
    private readonly Dictionary<(UInt128 Key, bool IsV6), int> _held = [];
    private long _total;
    private long _refused;
    private long _shortened;
    private int _openCount;

    /// <summary>Connections held.</summary>
    public long Held => Interlocked.Read(ref _total);

    /// <summary>Connections closed because their client held too many.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Connections open, those of trusted proxies included.</summary>
    public int Open => Volatile.Read(ref _openCount);

    /// <summary>Idle connections asked to close because the gateway was in trouble.</summary>
    public long Shortened => Interlocked.Read(ref _shortened);

    /// <summary>
    /// Asks connections to close on which nothing has been under way for 3 s. What has reached us is answered; who sends at that very moment
    /// finds the connection closed, as with any idle one, and asks again.
    /// </summary>
    public void CloseIdle()
    {
        var before = time.GetTimestamp() - (long)(MostIdle.TotalSeconds * time.TimestampFrequency);
        foreach (var (use, _) in _open)
        {
            if (use.CloseIfIdleSince(before))
            {
                Interlocked.Increment(ref _shortened);
            }
        }
    }

    /// <summary>Kestrel's shape of it.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => connection => GuardAsync(connection, next);

    private async Task GuardAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var snapshot = policy();
        var peer = ClientAddress.From((connection.RemoteEndPoint as IPEndPoint)?.Address);
        if (snapshot.Trust.TrustedProxies.Contains(peer))
        {
            await WatchAsync(connection, next).ConfigureAwait(false);
            return;
        }

        var client = (peer.Key(snapshot.Trust.ClientPrefixV6), peer.IsV6);
        if (!TryTake(client, snapshot.Policy.Edge.Limits.ConnectionsPerClient ?? int.MaxValue))
        {
            Interlocked.Increment(ref _refused);
            connection.Abort();
            return;
        }

        try
        {
            await WatchAsync(connection, next).ConfigureAwait(false);
        }
        finally
        {
            Leave(client);
        }
    }

    private async Task WatchAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        var use = new ConnectionUse(() => lifetime?.RequestClose(), time.GetTimestamp());
        connection.Features.Set(use);
        _open[use] = true;
        Interlocked.Increment(ref _openCount);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove(use, out _);
            Interlocked.Decrement(ref _openCount);
        }
    }

    private bool TryTake((UInt128, bool) client, int most)
    {
        lock (_counting)
        {
            var held = _held.GetValueOrDefault(client);
            if (held >= most)
            {
                return false;
            }

            _held[client] = held + 1;
        }

        Interlocked.Increment(ref _total);
        return true;
    }

    private void Leave((UInt128, bool) client)
    {
        lock (_counting)
        {
            if (--_held[client] == 0)
            {
                _held.Remove(client);
            }
        }

        Interlocked.Decrement(ref _total);
    }
}
