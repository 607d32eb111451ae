using System.Text.Json;
using SandGlass.Hosting;
using SandGlass.Policy;

namespace SandGlass.Layers.Switch;

/// <summary>
/// Where switches are thrown: one at a time, each change with a reason, on the disk before it is answered, in the audit, and in force for
/// the very next request. Those with an end are ended by <see cref="EndExpired"/>.
/// <para>
/// The rule of ends: while the process lives, what is left of a switch's time runs on the monotonic clock, and when somebody sets the wall
/// clock, the moments that are kept and shown are moved along. Over a restart there is the wall clock only: a switch ends at the moment that
/// is kept, but is never left more than the whole time that was asked for.
/// </para>
/// </summary>
public sealed class SwitchBoard
{
    private const string FileName = "switches.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lock _throwing = new();
    private readonly GatewayState _state;
    private readonly StateFolder _folder;
    private readonly Audit _audit;
    private readonly TimeProvider _time;
    private readonly WallSteps _steps;

    // Under the lock: all positions, also of switches that the policy does not have just now; and the ticks at which they end.
    private SortedDictionary<string, SwitchState.Position> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _ends = new(StringComparer.Ordinal);

    /// <summary>Takes up the switches as they were left; those whose time ran out meanwhile are ended.</summary>
    public SwitchBoard(GatewayState state, StateFolder folder, Audit audit, TimeProvider time)
    {
        _state = state;
        _folder = folder;
        _audit = audit;
        _time = time;
        _steps = new(time);
        Restore();
    }

    /// <summary>Throws a switch that the policy has, whatever its version.</summary>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public SwitchState.Position Throw(string id, bool on, string by, string from, string reason, TimeSpan? lasts)
    {
        TryThrow(new(id, on, by, from, reason, lasts), out var position);
        return position;
    }

    /// <summary>Throws a switch that the policy has, unless it was changed since the caller has looked.</summary>
    /// <param name="order">What is wished.</param>
    /// <param name="now">The position now: the new one, or the one that the caller did not know of.</param>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public bool TryThrow(SwitchOrder order, out SwitchState.Position now)
    {
        ArgumentNullException.ThrowIfNull(order);
        lock (_throwing)
        {
            var state = _state.Switch(order.Id);
            if (order.Seen is { } seen && seen != state.Now.Version)
            {
                now = state.Now;
                return false;
            }

            var at = _time.GetUtcNow();
            now = Change(state, new(order.On, at, order.On && order.Lasts is { } span ? at + span : null, order.By, order.Reason), order.From);
            return true;
        }
    }

    /// <summary>Ends the switches whose time is over, and moves the others' ends along when the wall clock was set. Called once a second.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void EndExpired()
    {
        lock (_throwing)
        {
            FollowTheWall();
            var now = _time.GetTimestamp();
            foreach (var (id, end) in _ends)
            {
                if (end <= now)
                {
                    // Takes it out of what is walked over, which a Dictionary allows.
                    Change(_state.Switch(id), new(false, _time.GetUtcNow(), null, "sandglass", "its time was over"), "local");
                }
            }
        }
    }

    // Under the lock. The disk first: what has been answered as done must outlive a kill.
    private SwitchState.Position Change(SwitchState state, SwitchState.Position next, string from)
    {
        var before = state.Now;
        next = next with { Version = before.Version + 1 };
        var kept = new SortedDictionary<string, SwitchState.Position>(_kept, StringComparer.Ordinal) { [state.Id] = next };
        Save(kept);
        state.Now = next;
        Time(state.Id, next, next.Until - next.Since);
        _audit.Write(
            next.By ?? "unknown",
            from,
            $"switch {state.Id} {(next.On ? "on" : "off")}",
            next.Reason ?? string.Empty,
            new { on = before.On, until = before.Until, version = before.Version },
            new { on = next.On, until = next.Until, version = next.Version });
        return next;
    }

    private void Time(string id, SwitchState.Position position, TimeSpan? left)
    {
        if (position.On && left is { } span)
        {
            _ends[id] = _time.GetTimestamp() + (long)Math.Ceiling(span.TotalSeconds * _time.TimestampFrequency);
        }
        else
        {
            _ends.Remove(id);
        }
    }

    // Under the lock.
    private void FollowTheWall()
    {
        var step = _steps.Pending;
        if (step == TimeSpan.Zero)
        {
            return;
        }

        if (_ends.Count > 0)
        {
            var kept = new SortedDictionary<string, SwitchState.Position>(_kept, StringComparer.Ordinal);
            foreach (var id in _ends.Keys)
            {
                kept[id] = Moved(kept[id], step);
            }

            Save(kept);
            foreach (var id in _ends.Keys)
            {
                _state.Switch(id).Now = kept[id];
            }
        }

        _steps.Settle();
    }

    private static SwitchState.Position Moved(SwitchState.Position position, TimeSpan by) =>
        position with { Since = position.Since + by, Until = position.Until + by };

    private void Save(SortedDictionary<string, SwitchState.Position> kept)
    {
        _folder.Write(FileName, JsonSerializer.SerializeToUtf8Bytes(kept, Json));
        _kept = kept;
    }

    private void Restore()
    {
        var now = _time.GetUtcNow();
        var moved = false;
        var kept = new SortedDictionary<string, SwitchState.Position>(StringComparer.Ordinal);
        foreach (var (id, read) in Read())
        {
            var position = read;
            if (position is { On: true, Until: not null, Since: { } since } && now < since)
            {
                // The clock stands before the moment at which it was thrown: it was set back while nobody was there to see it.
                position = Moved(position, now - since);
                moved = true;
            }

            kept[id] = position;
            _state.Switch(id).Now = position;
            Time(id, position, position.Until - now);
        }

        _kept = kept;
        try
        {
            if (moved)
            {
                Save(kept);
            }

            EndExpired();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The first beat tries again.
        }
    }

    private Dictionary<string, SwitchState.Position> Read()
    {
        if (_folder.TryRead(FileName) is not { } bytes)
        {
            return [];
        }

        try
        {
            var read = JsonSerializer.Deserialize<Dictionary<string, SwitchState.Position?>>(bytes, Json) ?? [];
            return read.Where(static p => p.Value is not null).ToDictionary(static p => p.Key, static p => p.Value!, StringComparer.Ordinal);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NotSupportedException)
        {
            _folder.SetAside(FileName, fault.Message);
            return [];
        }
    }
}
