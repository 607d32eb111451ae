using Microsoft.Extensions.Caching.Distributed;
using SandGlass.Fleet;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;

namespace SandGlass.Hosting;

/// <summary>
/// Shares last good answers with the other gateways of a fleet: what is new here is pushed, what was needed here and is not known is asked for,
/// so that the next request has it; what is for nobody else any more is taken out. One loop, ten calls a tenth of a second at most; requests leave
/// a key in a bounded queue and go on. While what all see is away, what is to be taken out waits; where more waits than there is room for, or nothing
/// is shared just then, nothing that was fresh before that moment is taken from it any more.
/// </summary>
public sealed class LastGoodShare : IAsyncDisposable
{
    private const int CallsATurn = 10;

    // The rest is for who needs an answer now.
    private const int RemovalsATurn = CallsATurn / 2;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // A hot key is new each second; that it is there is worth a push, that it is a few seconds newer is not.
    private static readonly TimeSpan PushEvery = TimeSpan.FromSeconds(10);

    // Who is asked for an answer that nobody has is not asked again at once.
    private static readonly TimeSpan PullEvery = TimeSpan.FromSeconds(2);

    // A page that always is somebody's own is dropped with each request. Once is enough, until something has been given again.
    private static readonly TimeSpan RemoveEvery = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);

    private readonly GatewayState _state;
    private readonly Func<Snapshot> _snapshot;
    private readonly IDistributedCache _cache;
    private readonly Func<bool> _isOn;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly PacedKeys<LastGoodState> _toPull;
    private readonly PacedKeys<LastGoodState> _toPush;
    private readonly PacedKeys<bool> _toRemove;
    private readonly Task _loop;
    private TimeSpan _pause = Turn;
    private bool _toldDown;
    private long _distrusted = long.MinValue;

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
        (_toPull, _toPush, _toRemove) = (new(PullEvery, waits: false, time), new(PushEvery, waits: true, time), new(RemoveEvery, waits: true, time));
        if (state.LastGood is { } store)
        {
            store.Kept += (key, answer) => Queue(_toPush, key, answer.Route);
            store.Missed += (key, route) => Queue(_toPull, key, route);
            store.Dropped += (key, _) => Drop(key);
        }

        _loop = Task.Run(LoopAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await RemoveLastAsync().ConfigureAwait(false);
        (_cache as FleetAnswers)?.Dispose();
        _stop.Dispose();
    }

    private void Queue(PacedKeys<LastGoodState> queue, UInt128 key, LastGoodState route)
    {
        if (_isOn())
        {
            queue.TryAdd(key, route);
        }
    }

    private void Drop(UInt128 key)
    {
        _toPush.Remove(key);
        if (!_isOn() || !_toRemove.TryAdd(key, true))
        {
            Volatile.Write(ref _distrusted, _time.GetTimestamp());
        }
    }

    // Nobody would do it after us.
    private async Task RemoveLastAsync()
    {
        try
        {
            while (_isOn() && await _toRemove.EachAsync(PacedKeys<bool>.Most, RemoveAsync, paced: false).WaitAsync(LastPatience, _time).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception trouble)
        {
            _log.LogWarning("Some last good answers that are for nobody else any more could not be taken out of what the fleet shares: {Why}", trouble.Message);
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
            catch (Exception trouble)
            {
                // Of Redis, or of whatever cache stands here: the loop goes on, and what is kept here is as it was.
                if (_stop.IsCancellationRequested)
                {
                    return;
                }

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
        // Before all that is given again: of one key the order counts.
        var calls = CallsATurn - await _toRemove.EachAsync(RemovalsATurn, RemoveAsync).ConfigureAwait(false);
        // What somebody needs goes before what somebody may need.
        calls -= await _toPull.EachAsync(calls, PullAsync).ConfigureAwait(false);
        calls -= await _toPush.EachAsync(calls, PushAsync).ConfigureAwait(false);
        if (calls < CallsATurn)
        {
            _toldDown = false;
        }
    }

    private async Task RemoveAsync(UInt128 key, bool _)
    {
        await _cache.RemoveAsync(Name(key), CancellationToken.None).ConfigureAwait(false);
        _state.LastGood?.Shared.Removed.Add();
    }

    private async Task PushAsync(UInt128 key, LastGoodState route)
    {
        if (_state.LastGood is not { } store)
        {
            return;
        }

        // Before the look: what is dropped after it is on the list again, and taken out in the next turn.
        var dropped = _toRemove.Remove(key);
        try
        {
            if (store.Peek(key) is { } answers)
            {
                // In the place of what was there.
                var value = GoodCodec.Write([new(key, answers)], _time.GetTimestamp(), _time);
                var lasts = PlanOf(route.Route) is { } plan ? TimeSpan.FromSeconds((double)plan.MaxAge / _time.TimestampFrequency) : TimeSpan.FromHours(1);
                await _cache.SetAsync(Name(key), value, new() { AbsoluteExpirationRelativeToNow = lasts }, _stop.Token).ConfigureAwait(false);
                dropped = false;
                _toRemove.Unpace(key);
                store.Shared.Pushed.Add();
            }
        }
        finally
        {
            if (dropped)
            {
                Drop(key);
            }
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
                // Dropped here while it was asked for, or before we could say so.
                if (found == key && answer.Age(now) <= plan.MaxAge && answer.Body.Length <= plan.MaxBytes && !_toRemove.Contains(key)
                    && answer.At > Volatile.Read(ref _distrusted))
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
