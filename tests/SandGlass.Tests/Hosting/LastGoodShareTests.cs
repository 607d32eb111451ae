using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Distributed;
using SandGlass.Hosting;
using SandGlass.Layers.Fallback;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Hosting;

public sealed class LastGoodShareTests : IAsyncDisposable
{
    private const string Policy = "\"fallbacks\": { \"f\": { \"lastGood\": \"10m\", \"else\": \"g\" }, \"g\": { \"body\": \"g\" } }";

    private readonly Glass _glass = new(Policies.With("\"fallback\": \"f\"", Policy));
    private readonly SlowCache _cache = new();
    private LastGoodShare? _share;
    private bool _isOn = true;

    public LastGoodShareTests() => _share = new(_glass.State, () => _glass.Store.Current, _cache, () => Volatile.Read(ref _isOn), _glass.Clock, _glass.Log);

    private LastGoodStore Store => _glass.State.LastGood!;

    [Fact]
    public async Task What_is_dropped_here_is_taken_out_of_what_all_see()
    {
        Keep(1, "everybody's");
        await TurnsUntilAsync(() => _cache.Count == 1, "it is given to the others");

        Store.Drop(1);

        await TurnsUntilAsync(() => _cache.Count == 0 && Store.Shared.Removed.Sum() == 1, "it is taken out again");
    }

    [Fact]
    public async Task What_is_dropped_before_it_was_given_is_never_given()
    {
        _cache.Fails = true;
        Keep(1, "everybody's");
        Keep(2, "this one still is");
        await TurnsUntilAsync(() => Store.Shared.Failed.Sum() > 0, "a call has failed");
        Store.Drop(1);
        _cache.Fails = false;

        await TurnsUntilAsync(() => _cache.Count == 1, "the other one is given");
        await TurnsUntilAsync(() => Store.Shared.Removed.Sum() == 1, "and the first one is taken out, to be sure");
        Assert.Equal(1, Store.Shared.Pushed.Sum());
    }

    [Fact]
    public async Task What_is_dropped_while_it_is_being_given_is_taken_out_after_it()
    {
        _cache.Holds = true;
        Keep(1, "everybody's");
        await TurnsUntilAsync(() => _cache.Held == 1, "it is on its way");
        Store.Drop(1);
        _cache.Holds = false;

        await TurnsUntilAsync(() => Store.Shared.Removed.Sum() == 1, "it is taken out");
        Assert.Equal(0, _cache.Count);
    }

    [Fact]
    public async Task What_is_kept_after_it_was_dropped_is_there_in_the_end()
    {
        Keep(1, "the first");
        await TurnsUntilAsync(() => _cache.Count == 1, "the first one is given");
        for (var i = 0; i < 5; i++)
        {
            Store.Drop(1);
            Keep(1, $"number {i}");
        }

        await TurnsUntilAsync(() => _cache.Holding("number 4"), "the last one is there");
    }

    [Fact]
    public async Task What_is_dropped_while_it_is_asked_for_does_not_come_back()
    {
        await ElsewhereAsync(1, "everybody's");
        _cache.Holds = true;
        Store.Miss(1, Route);
        await TurnsUntilAsync(() => _cache.Held == 1, "it is asked for");

        Store.Drop(1);
        _cache.Holds = false;

        await TurnsUntilAsync(() => Store.Shared.Removed.Sum() == 1, "it is taken out");
        Assert.Null(Store.Peek(1));
        Assert.Equal(0, _cache.Count);
    }

    [Fact]
    public async Task With_the_cache_away_it_waits_and_what_is_waiting_is_not_asked_for()
    {
        Keep(1, "everybody's");
        await TurnsUntilAsync(() => _cache.Count == 1, "it is given");
        _cache.Fails = true;
        Store.Drop(1);
        await TurnsUntilAsync(() => Store.Shared.Failed.Sum() > 2, "calls fail");
        Store.Miss(1, Route);
        _cache.Fails = false;

        await TurnsUntilAsync(() => _cache.Count == 0, "it is taken out when the cache is back");
        await TurnsUntilAsync(() => Store.Shared.Absent.Sum() == 1, "who asks for it gets nothing");
        Assert.Null(Store.Peek(1));
    }

    [Fact]
    public async Task Where_more_waits_than_there_is_room_for_nothing_older_is_taken_from_it()
    {
        await ElsewhereAsync(1_000_000, "old");
        _cache.Fails = true;
        for (var i = 0; i <= 3000; i++)
        {
            Store.Drop((UInt128)i);
        }

        Store.Drop(1_000_000);
        _glass.Clock.Advance(TimeSpan.FromSeconds(1));
        await ElsewhereAsync(2_000_000, "new");
        _cache.Fails = false;
        Store.Miss(1_000_000, Route);
        Store.Miss(2_000_000, Route);

        await TurnsUntilAsync(() => Store.Peek(2_000_000) is not null, "what was good after that is taken");
        await TurnsUntilAsync(() => Store.Shared.Removed.Sum() > 1000, "those that found room are taken out");
        Assert.Null(Store.Peek(1_000_000));
    }

    [Fact]
    public async Task What_was_dropped_while_nothing_was_shared_is_not_taken_back_later()
    {
        await ElsewhereAsync(1, "everybody's");
        Volatile.Write(ref _isOn, false);
        Store.Drop(1);
        Volatile.Write(ref _isOn, true);
        Store.Miss(1, Route);

        await TurnsUntilAsync(() => _cache.Gets > 0, "it is asked for");
        Keep(2, "this one comes after it");
        await TurnsUntilAsync(() => _cache.Count == 2, "the loop has gone on");
        Assert.Null(Store.Peek(1));
    }

    [Fact]
    public async Task Who_stops_takes_out_what_is_left()
    {
        Keep(1, "everybody's");
        await TurnsUntilAsync(() => _cache.Count == 1, "it is given");
        Store.Drop(1);

        await StopAsync();

        Assert.Equal(0, _cache.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _glass.Dispose();
    }

    private async Task StopAsync()
    {
        if (_share is { } share)
        {
            _share = null;
            await share.DisposeAsync();
        }
    }

    private LastGoodState Route => _glass.State.LastGoodAt("r");

    private void Keep(UInt128 key, string body) => Store.Keep(key, Answer(body));

    // As another gateway of the fleet would.
    private Task ElsewhereAsync(UInt128 key, string body) => _cache.PutAsync(
        key.ToString("x32", System.Globalization.CultureInfo.InvariantCulture), GoodCodec.Write([new(key, [Answer(body)])], _glass.Clock.GetTimestamp(), _glass.Clock));

    private GoodAnswer Answer(string body) => new()
    {
        Status = StatusCodes.Status200OK,
        Headers = [],
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        At = _glass.Clock.GetTimestamp(),
        Route = Route,
    };

    private Task TurnsUntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            _glass.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return condition();
        },
        what);

    /// <summary>A cache that fails, or holds its calls back, as told.</summary>
    private sealed class SlowCache : IDistributedCache
    {
        private readonly ConcurrentDictionary<string, byte[]> _values = new(StringComparer.Ordinal);
        private volatile bool _fails;
        private volatile bool _holds;
        private int _held;
        private int _gets;

        public bool Fails { get => _fails; set => _fails = value; }

        public bool Holds { get => _holds; set => _holds = value; }

        public int Held => Volatile.Read(ref _held);

        public int Gets => Volatile.Read(ref _gets);

        public int Count => _values.Count;

        public bool Holding(string text) => _values.Values.Any(v => v.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0);

        public Task PutAsync(string key, byte[] value)
        {
            _values[key] = value;
            return Task.CompletedTask;
        }

        public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
        {
            var value = _values.GetValueOrDefault(key);
            await PassAsync();
            Interlocked.Increment(ref _gets);
            return value;
        }

        public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
        {
            await PassAsync();
            _values[key] = value;
        }

        public async Task RemoveAsync(string key, CancellationToken token = default)
        {
            await PassAsync();
            _values.TryRemove(key, out _);
        }

        public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

        public byte[]? Get(string key) => throw new NotSupportedException();

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

        public void Remove(string key) => throw new NotSupportedException();

        public void Refresh(string key)
        {
        }

        private async Task PassAsync()
        {
            if (_fails)
            {
                throw new IOException("away");
            }

            Interlocked.Increment(ref _held);
            await Eventually.TrueAsync(() => !_holds, "it is let go");
            Interlocked.Decrement(ref _held);
        }
    }
}
