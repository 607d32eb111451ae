using System.Globalization;
using System.Security.Cryptography;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;

namespace SandGlass.Hosting;

/// <summary>
/// Keeps the last good answers over a restart, where the policy wants it (<c>lastGood.persist</c>): in 64 slices by their keys, of which at most
/// one a second is written, if it has changed; so a slice is never more than about a minute behind, and all are up to date after a stop.
/// A hash at the end of each tells a whole file from a torn one. Off the way of requests: they only set a bit.
/// </summary>
public sealed class LastGoodFiles : IAsyncDisposable
{
    private const string Folder = "answers";
    private const int Slices = 64;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    private readonly GatewayState _state;
    private readonly Func<Snapshot> _snapshot;
    private readonly StateFolder _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private ulong _changed;
    private bool _ready;
    private bool _toldFull;

    /// <summary>Reads what is there and begins to keep.</summary>
    public LastGoodFiles(GatewayState state, Func<Snapshot> snapshot, StateFolder folder, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(state);
        (_state, _snapshot, _folder, _time, _log) = (state, snapshot, folder, time, log);
        if (IsOn)
        {
            Load();
        }

        if (state.LastGood is { } store)
        {
            store.Kept += (key, _) => Interlocked.Or(ref _changed, 1UL << SliceOf(key));
            store.Dropped += (key, wasHere) => Interlocked.Or(ref _changed, wasHere ? 1UL << SliceOf(key) : 0);
        }

        _loop = Task.Run(LoopAsync);
    }

    private bool IsOn => _snapshot() is { Policy.LastGood.Persist: true } now && now.Routes.Any(static r => r.LastGood is not null);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        if (IsOn)
        {
            for (var slice = 0; slice < Slices; slice++)
            {
                Write(slice);
            }
        }

        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Turn, _time);
        try
        {
            for (var slice = 0; await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false); slice = (slice + 1) % Slices)
            {
                if (IsOn)
                {
                    Write(slice);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private void Write(int slice)
    {
        var bit = 1UL << slice;
        if ((Interlocked.And(ref _changed, ~bit) & bit) == 0 || _state.LastGood is not { } store)
        {
            return;
        }

        try
        {
            Ensure();
            var content = GoodCodec.Write([.. store.All.Where(entry => SliceOf(entry.Key) == slice)], _time.GetTimestamp(), _time);
            _folder.Write(Name(slice), [.. content, .. SHA256.HashData(content)]);
            _toldFull = false;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next turn tries again.
            Interlocked.Or(ref _changed, bit);
            if (!_toldFull)
            {
                _toldFull = true;
                _log.LogWarning("The last good answers cannot be kept in {Folder}: {Why}", Path.Combine(_folder.Path, Folder), fault.Message);
            }
        }
    }

    private void Load()
    {
        var now = _time.GetTimestamp();
        var routes = _snapshot().Routes.Where(static r => r.LastGood is not null).ToDictionary(static r => r.Name, static r => r.LastGood!, StringComparer.Ordinal);
        var kept = 0;
        try
        {
            Ensure();
            foreach (var path in Directory.EnumerateFiles(Path.Combine(_folder.Path, Folder)).Order(StringComparer.Ordinal).ToArray())
            {
                kept += Load(Path.Combine(Folder, Path.GetFileName(path)), routes, now);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("The last good answers in {Folder} cannot be read: {Why}", Path.Combine(_folder.Path, Folder), fault.Message);
        }

        if (kept > 0)
        {
            _log.LogInformation("{Count} last good answers are here from before", kept);
        }
    }

    private int Load(string name, Dictionary<string, LastGoodPlan> routes, long now)
    {
        if (name.EndsWith(".unreadable", StringComparison.Ordinal) || name.EndsWith(".next", StringComparison.Ordinal))
        {
            return 0;
        }

        if (!Enumerable.Range(0, Slices).Any(slice => Name(slice) == name))
        {
            _folder.SetAside(name, "it is none of ours");
            return 0;
        }

        var bytes = _folder.TryRead(name);
        if (bytes is null)
        {
            return 0;
        }

        var content = bytes.AsMemory(0, Math.Max(0, bytes.Length - SHA256.HashSizeInBytes));
        if (bytes.Length < SHA256.HashSizeInBytes + 12 || !SHA256.HashData(content.Span).AsSpan().SequenceEqual(bytes.AsSpan(content.Length)))
        {
            _folder.SetAside(name, "it is torn, or not ours");
            return 0;
        }

        try
        {
            var count = 0;
            foreach (var (key, answer) in GoodCodec.Read(content, route => routes.GetValueOrDefault(route)?.State, now, _time))
            {
                var plan = routes[answer.Route.Route];
                if (answer.Age(now) <= plan.MaxAge && answer.Body.Length <= plan.MaxBytes)
                {
                    plan.Store.Keep(key, answer, tells: false);
                    count++;
                }
            }

            return count;
        }
        catch (FormatException fault)
        {
            _folder.SetAside(name, fault.Message);
            return 0;
        }
    }

    private void Ensure()
    {
        if (!_ready)
        {
            _folder.Ensure(Folder);
            _ready = true;
        }
    }

    private static int SliceOf(UInt128 key) => (int)(key & (Slices - 1));

    private static string Name(int slice) => Path.Combine(Folder, slice.ToString("d2", CultureInfo.InvariantCulture) + ".bin");
}
