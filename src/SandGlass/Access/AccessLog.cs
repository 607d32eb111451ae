using System.Security.Cryptography;
using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Keys;
using SandGlass.Hosting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Access;

/// <summary>
/// The gateway's own access log. A request puts its line into a room of fixed size and goes on; ten times a second the room is emptied to where the policy
/// says. What finds the room full is counted and not written: a disk that is slow or full, or a pipe that nobody reads, costs lines and never a request.
/// </summary>
public sealed class AccessLog : IAsyncDisposable
{
    // Two of them. 40,000 requests a second of 300 bytes fill a third of one between two turns.
    private const int Room = 4 << 20;
    private const string KeyFile = "access.key";

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    [ThreadStatic]
    private static AccessLine? _line;

    private readonly Func<AccessLogPlan?> _plan;
    private readonly StateFolder _folder;
    private readonly AccessFile _file;
    private readonly Lazy<Stream> _stdout;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly StripedCounter _written = new();
    private readonly StripedCounter _dropped = new();
    private readonly Lazy<SipKey> _ownKey;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private byte[] _room = [];
    private byte[] _spare = [];
    private int _used;
    private AccessLogPlan? _last;
    private bool _told;
    private int _stopped;

    /// <summary>Begins; nothing is allocated or written until a policy wants it.</summary>
    /// <param name="plan">What is wanted now; null: nothing.</param>
    /// <param name="folder">Where files are.</param>
    /// <param name="stdout">Where "stdout" goes; opened when it is needed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Is told once when lines cannot be written, and once when they can again.</param>
    public AccessLog(Func<AccessLogPlan?> plan, StateFolder folder, Func<Stream> stdout, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (_plan, _folder, _time, _log) = (plan, folder, time, log);
        _stdout = new(stdout);
        _file = new(folder.Path);
        _ownKey = new(OwnKey);
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Lines that went out.</summary>
    public long Written => _written.Sum();

    /// <summary>Lines that were lost: there was no room, or they could not be written.</summary>
    public long Dropped => _dropped.Sum();

    /// <summary>A request has ended. Waits for nothing but a copy of some hundred bytes.</summary>
    /// <param name="plan">The policy of that request.</param>
    /// <param name="passage">The request.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="took">How long it took, monotonic ticks.</param>
    public void Add(AccessLogPlan plan, Passage passage, in Ending ending, long took)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(passage);
        if (!plan.Takes(passage.Client))
        {
            return;
        }

        // The installation's secret is made where something is to be hashed with it, and not before.
        var key = plan.Policy.Client != AccessLogClient.Hash ? default : plan.Key ?? _ownKey.Value;
        var line = (_line ??= new()).Of(passage, ending, _time.GetUtcNow().UtcDateTime, _time.GetElapsedTime(0, took), plan, key);
        lock (_lock)
        {
            if (_room.Length == 0)
            {
                (_room, _spare) = (new byte[Room], new byte[Room]);
            }

            // A policy that wants no log any more may be in force before the room is emptied.
            _last = plan;
            if (line.Length <= Room - _used)
            {
                line.CopyTo(_room.AsSpan(_used));
                _used += line.Length;
                return;
            }
        }

        _dropped.Add();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _loop.WaitAsync(Patience, TimeProvider.System).ConfigureAwait(false);
            await Task.Run(Empty).WaitAsync(Patience, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _log.LogWarning("The access log's last lines are lost: nobody reads them");
        }

        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Turn, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                Empty();
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private void Empty()
    {
        int used;
        AccessLogPlan plan;
        lock (_lock)
        {
            used = _used;
            if (used == 0)
            {
                return;
            }

            (_room, _spare, _used) = (_spare, _room, 0);
            plan = _plan() ?? _last!;
        }

        var lines = _spare.AsSpan(0, used);
        var count = lines.Count((byte)'\n');
        try
        {
            Put(lines, plan.Policy);
            _written.Add(count);
            if (_told)
            {
                _told = false;
                _log.LogInformation("The access log is written again; {Dropped} lines were lost so far", Dropped);
            }
        }
        catch (Exception fault)
        {
            // Whatever it is, the next lines are tried again.
            _dropped.Add(count);
            if (!_told)
            {
                _told = true;
                _log.LogWarning("The access log cannot be written ({Why}); lines are lost and counted in sandglass_access_log_lines_total until it can", fault.Message);
            }
        }
    }

    private void Put(ReadOnlySpan<byte> lines, AccessLogPolicy policy)
    {
        if (policy.To == AccessLogTarget.Stdout)
        {
            _stdout.Value.Write(lines);
            _stdout.Value.Flush();
        }
        else
        {
            _file.Append(lines, policy.MaxFileSize.Bytes, policy.Files);
        }
    }

    // Kept, so that a client is the same one after a restart; where it cannot be, at least for as long as the process lives.
    private SipKey OwnKey()
    {
        if (_folder.TryRead(KeyFile) is { Length: 16 } kept)
        {
            return AccessLogPlan.KeyOf(kept);
        }

        var made = RandomNumberGenerator.GetBytes(16);
        try
        {
            _folder.WriteSecret(KeyFile, made);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("{File} cannot be kept in {Folder}: {Why}", KeyFile, _folder.Path, fault.Message);
        }

        return AccessLogPlan.KeyOf(made);
    }
}
