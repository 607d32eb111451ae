using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Caching.Distributed;

namespace SandGlass.Fleet;

/// <summary>
/// The fleet's Redis as a cache of values that begin with the moment they were written (Unix milliseconds, big-endian): the moment is set anew
/// by Redis' clock when one is read, so clocks that differ do no harm. On a link of its own: a large answer must not hold up the leases of
/// the limits. For one caller at a time, a loop in the background; no request ever waits for it.
/// </summary>
/// <param name="settings">Which fleet; null: none now.</param>
/// <param name="room">The most bytes of all values.</param>
/// <param name="time">The clock.</param>
public sealed class FleetAnswers(Func<FleetSettings?> settings, Func<long> room, TimeProvider time) : IDistributedCache, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private RedisLink? _link;
    private FleetSettings? _linked;
    private double _offset;

    /// <inheritdoc/>
    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        var answer = await RunAsync(AnswerScript.Get, [Utf8(key)]).ConfigureAwait(false);
        if (answer is not [{ } ago, { Length: >= 8 } value] || !long.TryParse(ago, NumberStyles.Integer, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return null;
        }

        BinaryPrimitives.WriteInt64BigEndian(value, time.GetUtcNow().ToUnixTimeMilliseconds() - Math.Max(0, milliseconds));
        return value;
    }

    /// <inheritdoc/>
    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        // Connecting measures Redis' clock.
        await LinkAsync().ConfigureAwait(false);
        var until = (Micro(time.GetTimestamp()) + Deadline.TotalMicroseconds + _offset).ToString("0", CultureInfo.InvariantCulture);
        var answer = await RunAsync(AnswerScript.Set, [Utf8(until), Utf8(key), value, Utf8(room()), Utf8((long)Lifetime.TotalMilliseconds)]).ConfigureAwait(false);
        if (answer is not [[(byte)'1']])
        {
            throw new RedisTroubleException("Redis ran the script too late, or its clock stepped");
        }
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string key, CancellationToken token = default) => RunAsync(AnswerScript.Remove, [Utf8(key)]);

    /// <inheritdoc/>
    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public byte[]? Get(string key) => throw Waits();

    /// <inheritdoc/>
    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw Waits();

    /// <inheritdoc/>
    public void Remove(string key) => throw Waits();

    /// <inheritdoc/>
    public void Refresh(string key)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => Leave();

    // A thread that waits for Redis is what this house does not do.
    private static NotSupportedException Waits() => new("ask asynchronously: nobody waits for Redis");

    private async Task<byte[]?[]> RunAsync(string script, byte[][] arguments)
    {
        var link = await LinkAsync().ConfigureAwait(false);
        try
        {
            return await link.RunBytesAsync(script, [_linked!.Key("answers"), _linked.Key("answers:at"), _linked.Key("answers:bytes")], arguments, Deadline).ConfigureAwait(false);
        }
        catch (RedisTroubleException)
        {
            // A link that missed a deadline is never used again.
            Leave();
            throw;
        }
    }

    private async Task<RedisLink> LinkAsync()
    {
        var wanted = settings() ?? throw new RedisTroubleException("there is no fleet now");
        if (_link is { IsLost: true } || _linked != wanted)
        {
            Leave();
        }

        if (_link is null)
        {
            var address = wanted.Address ?? throw new RedisTroubleException("fleet.redis points to a secret that is not there, or that is no connection");
            if (RedisLink.IsClosing)
            {
                throw new RedisTroubleException("earlier connections hang and are still being closed");
            }

            _link = await RedisLink.OpenAsync(address, ConnectDeadline, time).ConfigureAwait(false);
            _linked = wanted;
            var clock = await _link.RunAsync(LeaseScript.Time, [], [], Deadline).ConfigureAwait(false);
            _offset = (clock[0] * 1e6) + clock[1] - Micro(time.GetTimestamp());
        }

        return _link;
    }

    private void Leave()
    {
        _link?.Close();
        (_link, _linked) = (null, null);
    }

    private double Micro(long ticks) => ticks * 1e6 / time.TimestampFrequency;

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Utf8(long number) => Utf8(number.ToString(CultureInfo.InvariantCulture));
}
