using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace SandGlass.Fleet;

/// <summary>
/// The one place that talks to Redis, guarded: each call has a deadline, a link that missed one is closed and never used again, and nothing
/// waits for its end. One caller, one call under way. Compiles unchanged against StackExchange.Redis 1.2.6 (which has no IPv6 and no user
/// names) and its later versions; what differs between them is set by name.
/// </summary>
internal sealed class RedisLink
{
    private const int MostClosing = 4;

    private static int _closing;

    private readonly ConnectionMultiplexer _connection;
    private readonly int _database;
    private readonly TimeProvider _time;
    private volatile bool _lost;

    private RedisLink(ConnectionMultiplexer connection, int database, TimeProvider time)
    {
        (_connection, _database, _time) = (connection, database, time);
        // Left on in 1.2.6, one continuation that blocks delays all others. By name: it is gone in 3.x.
        Set(connection, "PreserveAsyncOrder", false);
        // The library reconnects unseen, and half-done work would go on there.
        connection.ConnectionFailed += (_, failed) => _lost |= failed.ConnectionType == ConnectionType.Interactive;
    }

    /// <summary>Whether the client is one that knows users and IPv6: 2.0 and later.</summary>
    public static bool IsModern { get; } = typeof(ConfigurationOptions).GetProperty("User") is not null;

    /// <summary>Whether so many hung links are still being closed that none should be added.</summary>
    public static bool IsClosing => Volatile.Read(ref _closing) >= MostClosing;

    /// <summary>Whether the connection broke.</summary>
    public bool IsLost => _lost;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="RedisTroubleException">It can't be used.</exception>
    public static async Task<RedisLink> OpenAsync(RedisAddress address, TimeSpan deadline, TimeProvider time)
    {
        // Parts of it are synchronous.
        var connecting = Task.Run(() => ConnectionMultiplexer.ConnectAsync(Options(address, deadline)));
        try
        {
            var connection = await connecting.WaitAsync(deadline, time).ConfigureAwait(false);
            return new(connection, address.Database, time);
        }
        catch (TimeoutException)
        {
            // A connect that is given up must still be closed when it ends, or it leaks a thread and two sockets.
            _ = connecting.ContinueWith(static ended => Observe(ended), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw new RedisTroubleException($"no connection within {deadline.TotalMilliseconds:0} ms");
        }
        catch (Exception fault) when (IsOfTheLink(fault))
        {
            throw Trouble(fault);
        }
    }

    /// <summary>Runs a script whose answer is a flat list of whole numbers.</summary>
    /// <exception cref="RedisTroubleException">No answer, or a fault; the link is to be closed.</exception>
    public Task<long[]> RunAsync(string script, IEnumerable<string> keys, IEnumerable<string> arguments, TimeSpan deadline) =>
        RunAsync(script, keys, [.. arguments.Select(static a => (RedisValue)a)], deadline, static answer => (long[]?)answer);

    /// <summary>Runs a script whose answer is a flat list of texts.</summary>
    /// <exception cref="RedisTroubleException">No answer, or a fault; the link is to be closed.</exception>
    public Task<string?[]> AskAsync(string script, IEnumerable<string> keys, IEnumerable<string> arguments, TimeSpan deadline) =>
        RunAsync(script, keys, [.. arguments.Select(static a => (RedisValue)a)], deadline, static answer => (string?[]?)answer);

    /// <summary>Runs a script whose answer is a flat list of bytes.</summary>
    /// <exception cref="RedisTroubleException">No answer, or a fault; the link is to be closed.</exception>
    public Task<byte[]?[]> RunBytesAsync(string script, IEnumerable<string> keys, IEnumerable<byte[]> arguments, TimeSpan deadline) =>
        RunAsync(script, keys, [.. arguments.Select(static a => (RedisValue)a)], deadline, static answer => (byte[]?[]?)(byte[][]?)answer);

    /// <summary>
    /// Raises a flag when something is told on a channel. Where it cannot be listened to (an access list says no, that connection broke) nothing is
    /// heard, and nobody is told of that: whoever relies on it must look by itself as well.
    /// </summary>
    public void Listen(string channel, Action flag)
    {
        try
        {
            _ = _connection.GetSubscriber().SubscribeAsync(new RedisChannel(channel, RedisChannel.PatternMode.Literal), (_, _) => flag())
                .ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        catch (Exception fault) when (IsOfTheLink(fault))
        {
            // As said.
        }
    }

    private async Task<T> RunAsync<T>(string script, IEnumerable<string> keys, RedisValue[] values, TimeSpan deadline, Func<RedisResult, T?> read)
        where T : class
    {
        var began = _time.GetTimestamp();
        RedisKey[] names = [.. keys.Select(static k => (RedisKey)k)];
        // A script that Redis has forgotten did not run: once more is safe, and 1.2.6 does not try.
        for (var again = false; ; again = true)
        {
            Task<RedisResult>? running = null;
            try
            {
                var left = deadline - _time.GetElapsedTime(began);
                running = _connection.GetDatabase(_database).ScriptEvaluateAsync(script, names, values);
                var answer = await running.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time).ConfigureAwait(false);
                return read(answer) ?? throw new RedisTroubleException("the script answered nothing");
            }
            catch (RedisServerException fault) when (!again && fault.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
            }
            catch (TimeoutException) when (running is { IsCompleted: false })
            {
                _ = running.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                var took = _time.GetElapsedTime(began);
                throw new RedisTroubleException(took > deadline * 2
                    ? $"its answer could not be looked at in time ({took.TotalMilliseconds:0} ms): this gateway has too little CPU or threads"
                    : $"no answer within {deadline.TotalMilliseconds:0} ms");
            }
            catch (Exception fault) when (IsOfTheLink(fault))
            {
                throw Trouble(fault);
            }
        }
    }

    /// <summary>Closes, somewhere else and without a word to the server: that could hang.</summary>
    public void Close() => Close(_connection);

    private static void Close(ConnectionMultiplexer connection)
    {
        Interlocked.Increment(ref _closing);
        _ = Task.Run(() =>
        {
            try
            {
                connection.Close(false);
                connection.Dispose();
            }
            catch (Exception fault) when (IsOfTheLink(fault))
            {
                // It is gone either way.
            }
            finally
            {
                Interlocked.Decrement(ref _closing);
            }
        });
    }

    private static void Observe(Task<ConnectionMultiplexer> ended)
    {
        if (ended.Exception is null && !ended.IsCanceled)
        {
            Close(ended.Result);
        }
    }

    private static ConfigurationOptions Options(RedisAddress address, TimeSpan deadline)
    {
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            ConnectRetry = 1,
            ConnectTimeout = (int)deadline.TotalMilliseconds,
            TieBreaker = string.Empty,
            ConfigurationChannel = string.Empty,
            ClientName = "sandglass",
            Ssl = address.Tls,
            Password = address.Password,
            CommandMap = CommandMap.Create(["CONFIG", "CLUSTER", "SENTINEL"], available: false),
        };
        foreach (var (host, port) in address.Nodes)
        {
            if (IPAddress.TryParse(host, out var ip))
            {
                options.EndPoints.Add(new IPEndPoint(ip, port));
            }
            else
            {
                options.EndPoints.Add(new DnsEndPoint(host, port));
            }
        }

        if (address.Tls)
        {
            options.SslHost = address.Nodes[0].Host;
        }

        if (address.User is { } user && !Set(options, "User", user))
        {
            throw new RedisTroubleException("a user name is wanted, and this build's Redis client (1.2.6) cannot send one");
        }

        // 2.x: a command without a connection fails now instead of waiting for one.
        if (options.GetType().GetProperty("BacklogPolicy") is { } backlog)
        {
            backlog.SetValue(options, backlog.PropertyType.GetProperty("FailFast")?.GetValue(null));
        }

        return options;
    }

    private static bool Set(object target, string property, object value)
    {
        if (target.GetType().GetProperty(property) is not { CanWrite: true } found)
        {
            return false;
        }

        found.SetValue(target, value);
        return true;
    }

    private static bool IsOfTheLink(Exception fault) =>
        fault is RedisException or RedisConnectionException or RedisServerException or TimeoutException or SocketException or IOException
            or ObjectDisposedException or InvalidOperationException or InvalidCastException or ArgumentException or AggregateException or OperationCanceledException;

    // One line, and what to do where the client's words do not say it.
    private static RedisTroubleException Trouble(Exception fault)
    {
        var said = (fault is AggregateException { InnerException: { } inner } ? inner : fault).Message.ReplaceLineEndings(" ");
        if (said.Contains("NOAUTH", StringComparison.Ordinal) || said.Contains("WRONGPASS", StringComparison.Ordinal) || said.Contains("uthenticat", StringComparison.Ordinal))
        {
            return new("it wants another password (NOAUTH); look at fleet.redis and at Redis' requirepass", isRefusal: true);
        }

        var first = said.Split(';')[0];
        return new(first.Length > 200 ? string.Concat(first.AsSpan(0, 200), "…") : first, fault is RedisServerException);
    }
}
