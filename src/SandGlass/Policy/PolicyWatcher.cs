namespace SandGlass.Policy;

/// <summary>
/// Sees a change of the policy's file, whichever way it is written: in place, by rename, or by swapping the symbolic link that Kubernetes
/// puts a level above it. The framework's watcher wakes us early, a poll makes sure (it misses link swaps and network file systems),
/// and the hash of the bytes decides, together with what the files that the policy names look like. Half-written files are waited out:
/// all must be the same twice.
/// </summary>
public sealed class PolicyWatcher : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(60);

    private readonly PolicyStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly FileSystemWatcher? _files;
    private readonly Task _loop;
    private readonly byte[] _buffer = new byte[64 << 10];
    private string _seen;
    private (string Hash, string[] Files) _named = (string.Empty, []);

    /// <summary>Begins to watch.</summary>
    /// <param name="store">Where new bytes go.</param>
    /// <param name="seen">The hash of the bytes that the store has; empty where the file could not be read.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where reloads are told.</param>
    public PolicyWatcher(PolicyStore store, string seen, TimeProvider time, ILogger log)
    {
        _store = store;
        _seen = seen + store.FilesStamp;
        _time = time;
        _log = log;
        _files = Watch(store.BaseDirectory);
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Looks now (SIGHUP).</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody has woken it already, or a last event came after the end.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _files?.Dispose();
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    private FileSystemWatcher? Watch(string directory)
    {
        try
        {
            var files = new FileSystemWatcher(directory)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
            };
            files.Changed += (_, _) => Wake();
            files.Created += (_, _) => Wake();
            files.Renamed += (_, _) => Wake();
            files.Deleted += (_, _) => Wake();
            files.EnableRaisingEvents = true;
            return files;
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or UnauthorizedAccessException)
        {
            _log.LogWarning("Changes of {Directory} are found by polling only: {Why}", directory, fault.Message);
            return null;
        }
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(Poll, _stop.Token).ConfigureAwait(false);
                await LookAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception defect)
            {
                // The watcher must outlive its own faults: a gateway that is deaf to its policy is worse than a noisy one.
                _log.LogError(defect, "A defect of SandGlass while reading {File}; the policy in force serves on", _store.File);
            }
        }
    }

    private async Task LookAsync()
    {
        if (Hash() == _seen)
        {
            return;
        }

        var (hash, bytes, why) = Read();
        while (true)
        {
            await Task.Delay(Settle, _time, _stop.Token).ConfigureAwait(false);
            var before = hash;
            (hash, bytes, why) = Read();
            if (hash == before)
            {
                break;
            }
        }

        if (hash == _seen)
        {
            return;
        }

        _seen = hash;
        var began = _time.GetTimestamp();
        var applied = _store.Reloads.Applied;
        // On a thread of its own: a large policy takes half a second, and of two cores' pool that would be half of those who serve requests.
        var report = bytes is null
            ? _store.Unreadable(why)
            : await Task.Factory.StartNew(
                () => _store.Apply(bytes, () => Hash() == hash), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        if (report.Accepted && _store.Reloads.Applied > applied)
        {
            _log.LogInformation("Policy {Revision} is in force, {Milliseconds:0} ms after it was read", report.Revision, _time.GetElapsedTime(began).TotalMilliseconds);
        }
        else if (report.Accepted)
        {
            // Put by the admin API, or a rejected file taken back.
            _log.LogInformation("Policy {Revision} is in force", report.Revision);
        }
    }

    private string Hash()
    {
        var hash = PolicyFile.TryHash(_store.File, _buffer, out var why);
        return hash is null ? why
            : hash == _named.Hash ? hash + NamedFiles.Stamp(_named.Files)
            : Read().Hash;
    }

    private (string Hash, byte[]? Bytes, string Why) Read()
    {
        var bytes = PolicyFile.TryRead(_store.File, out var why);
        if (bytes is null)
        {
            return (why, null, why);
        }

        var hash = PolicyFile.Hash(bytes);
        if (_named.Hash != hash)
        {
            _named = (hash, NamedFiles.In(bytes, _store.BaseDirectory));
        }

        return (hash + NamedFiles.Stamp(_named.Files), bytes, why);
    }
}
