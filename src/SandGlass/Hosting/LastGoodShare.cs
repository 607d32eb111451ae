using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Distributed;
using SandGlass.Fleet;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;

namespace SandGlass.Hosting;

/// <summary>
/// Shares last good answers with the other gateways of a fleet: what is new here is pushed, what was needed here and is not known is asked for,
/// so that the next request has it. One loop, ten calls a tenth of a second at most; requests leave a key in a bounded queue and go on.
/// </summary>
public sealed class LastGoodShare : IAsyncDisposable
{
    private const int MostQueued = 2048;
    private const int CallsATurn = 10;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // A hot key is new each second; that it is there is worth a push, that it is a few seconds newer is not.
    private static readonly TimeSpan PushEvery = TimeSpan.FromSeconds(10);

    // Who is asked for an answer that nobody has is not asked again at once.
    private static readonly TimeSpan PullEvery = TimeSpan.FromSeconds(2);

    private readonly GatewayState _state;
    private readonly Func<Snapshot> _snapshot;
    private readonly IDistributedCache _cache;
    private readonly Func<bool> _isOn;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<UInt128, LastGoodState> _toPull = new();
    private readonly ConcurrentDictionary<UInt128, LastGoodState> _toPush = new();
    private readonly Dictionary<UInt128, long> _pulled = [];
    private readonly Dictionary<UInt128, long> _pushed = [];
    private readonly Task _loop;
    private TimeSpan _pause = Turn;
    private bool _toldDown;

    /// <summary>Begins.</summary>
    /// <param name="state">Where the answers are.</param>
    /// <param name="snapshot">The policy in force.</param>
    /// <param name="cache">What all gateways see.</param>
    /// <param name="isOn">Whether it is to be used now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where trouble is told.</param>
    public LastGoodShare(GatewayState state, Func<Snapshot> snapshot, IDistributedCache cache, Func<bool> isOn, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(state);
        (_state, _snapshot, _cache, _isOn, _time, _log) = (state, snapshot, cache, isOn, time, log);
        if (state.LastGood is { } store)
        {
            store.Kept += (key, answer) => Queue(_toPush, key, answer.Route);
            store.Missed += (key, route) => Queue(_toPull, key, route);
        }

        _loop = Task.Run(LoopAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        (_cache as FleetAnswers)?.Dispose();
        _stop.Dispose();
    }

    private void Queue(ConcurrentDictionary<UInt128, LastGoodState> queue, UInt128 key, LastGoodState route)
    {
        if (_isOn() && queue.Count < MostQueued)
        {
            queue.TryAdd(key, route);
        }
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (_isOn())
                {
                    await TurnAsync().ConfigureAwait(false);
                }

                _pause = Turn;
            }
            catch (Exception trouble) when (!_stop.IsCancellationRequested)
            {
                // Of Redis, or of whatever cache stands here: the loop goes on, and what is kept here is as it was.
                _pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, _pause.Ticks * 2));
                _state.LastGood?.Shared.Failed.Add();
                Tell(trouble);
            }

            try
            {
                await Task.Delay(_pause, _time, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task TurnAsync()
    {
        var calls = CallsATurn;
        // What somebody needs goes before what somebody may need.
        calls -= await EachAsync(_toPull, _pulled, PullEvery, calls, PullAsync).ConfigureAwait(false);
        calls -= await EachAsync(_toPush, _pushed, PushEvery, calls, PushAsync).ConfigureAwait(false);
        if (calls < CallsATurn)
        {
            _toldDown = false;
        }
    }

    private async Task<int> EachAsync(
        ConcurrentDictionary<UInt128, LastGoodState> queue, Dictionary<UInt128, long> done, TimeSpan every, int calls, Func<UInt128, LastGoodState, Task> callAsync)
    {
        var made = 0;
        var now = _time.GetTimestamp();
        if (done.Count > MostQueued * 4)
        {
            done.Clear();
        }

        foreach (var (key, route) in queue)
        {
            if (made == calls)
            {
                break;
            }

            if (done.TryGetValue(key, out var last) && _time.GetElapsedTime(last, now) < every)
            {
                // Too soon. A push waits for its time, a pull is asked for again when it is needed again.
                if (ReferenceEquals(queue, _toPull))
                {
                    queue.TryRemove(key, out _);
                }

                continue;
            }

            made++;
            await callAsync(key, route).ConfigureAwait(false);
            done[key] = now;
            queue.TryRemove(key, out _);
        }

        return made;
    }

    private async Task PushAsync(UInt128 key, LastGoodState route)
    {
        if (_state.LastGood is { } store && store.Peek(key) is { } answers)
        {
            var value = GoodCodec.Write([new(key, answers)], _time.GetTimestamp(), _time);
            var lasts = PlanOf(route.Route) is { } plan ? TimeSpan.FromSeconds((double)plan.MaxAge / _time.TimestampFrequency) : TimeSpan.FromHours(1);
            await _cache.SetAsync(Name(key), value, new() { AbsoluteExpirationRelativeToNow = lasts }, _stop.Token).ConfigureAwait(false);
            store.Shared.Pushed.Add();
        }
    }

    private async Task PullAsync(UInt128 key, LastGoodState route)
    {
        var value = await _cache.GetAsync(Name(key), _stop.Token).ConfigureAwait(false);
        if (value is null || PlanOf(route.Route) is not { } plan)
        {
            _state.LastGood?.Shared.Absent.Add();
            return;
        }

        try
        {
            var now = _time.GetTimestamp();
            foreach (var (found, answer) in GoodCodec.Read(value, name => PlanOf(name)?.State, now, _time))
            {
                if (found == key && answer.Age(now) <= plan.MaxAge && answer.Body.Length <= plan.MaxBytes)
                {
                    plan.Store.Keep(key, answer, tells: false);
                    plan.Store.Shared.Pulled.Add();
                }
            }
        }
        catch (FormatException fault)
        {
            _log.LogWarning("A last good answer of the fleet makes no sense and is not used: {Why}", fault.Message);
        }
    }

    private LastGoodPlan? PlanOf(string route) => _snapshot().Routes.FirstOrDefault(r => r.Name == route)?.LastGood;

    private void Tell(Exception trouble)
    {
        if (!_toldDown)
        {
            _toldDown = true;
            _log.LogWarning("Last good answers are not shared with the fleet now: {Why}", trouble.Message);
        }
    }

    private static string Name(UInt128 key) => key.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
