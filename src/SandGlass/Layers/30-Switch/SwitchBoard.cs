using System.Globalization;
using System.Text.Json;
using SandGlass.Algorithms.Sharing;
using SandGlass.Fleet;
using SandGlass.Hosting;
using SandGlass.Policy;

namespace SandGlass.Layers.Switch;

/// <summary>
/// Where switches are thrown: one at a time, each change with a reason, on the disk before it is answered, in the audit, and in force for
/// the very next request. Those with an end are ended by <see cref="EndExpired"/>. What other gateways of the fleet have thrown comes in by
/// <see cref="Hear"/>, in the same way.
/// <para>
/// The rule of ends: while the process lives, what is left of a switch's time runs on the monotonic clock, and when somebody sets the wall
/// clock, the moments that are kept and shown are moved along. Over a restart there is the wall clock only: a switch ends at the moment that
/// is kept, but is never left more than the whole time that was asked for. In a fleet the others know better, and are asked first; while they do not
/// answer, such an end holds here and is no change that they would take over (<see cref="Doubts"/>).
/// </para>
/// <para>
/// An end is the same change wherever it is made: its stamp is that of what it ends but for the last bit of the node, which no process has set. So
/// gateways that end a switch by themselves agree; whoever throws it at that moment wins over its end; and the end of what has lost beats nothing.
/// The version that people see counts it all the same.
/// </para>
/// </summary>
public sealed class SwitchBoard : IShelf
{
    // The fleet's word for what is left of a switch's time counts after a restart where the kept moment is off by more.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private readonly Lock _throwing = new();
    private readonly GatewayState _state;
    private readonly SwitchFile _file;
    private readonly Audit _audit;
    private readonly TimeProvider _time;
    private readonly WallSteps _steps;
    private readonly Func<string, bool> _acts;

    // Under the lock: all positions, also of switches that the policy does not have just now; the ticks at which they end; those of them of which only
    // a wall clock has told so far; and those of these that are off here although they say on.
    private Dictionary<string, Register<SwitchState.Position>> _kept;
    private readonly Dictionary<string, long> _ends = new(StringComparer.Ordinal);
    private readonly Doubts _doubts;
    private readonly HashSet<string> _endedHere = new(StringComparer.Ordinal);

    /// <summary>Takes up the switches as they were left; those whose time ran out meanwhile are ended.</summary>
    /// <param name="state">Where their positions are read from.</param>
    /// <param name="folder">Where they are kept.</param>
    /// <param name="audit">Gets a line for each change.</param>
    /// <param name="time">Both clocks.</param>
    /// <param name="acts">Whether the policy in force has a switch that can be thrown; null: any.</param>
    public SwitchBoard(GatewayState state, StateFolder folder, Audit audit, TimeProvider time, Func<string, bool>? acts = null)
    {
        _state = state;
        _file = new(folder);
        _audit = audit;
        _time = time;
        _steps = new(time);
        _doubts = new(time);
        _acts = acts ?? (static _ => true);
        _kept = _file.Read();
        Restore();
        state.Fleet.Share.Add(this);
    }

    /// <inheritdoc/>
    public string Kind => "switch";

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
            FollowTheWall();
            var before = Kept(order.Id);
            if (!IsSeen(order, before))
            {
                now = before.Value;
                return false;
            }

            var at = _time.GetUtcNow();
            now = new(
                order.On, at, order.On && order.Lasts is { } span ? at + span : null, order.By, order.Reason, before.Value.Version + 1, _state.Fleet.Share.Name, before.Lost?.Stamp);
            Change(order.Id, before, before.Next(new(new(now.Version, at.ToUnixTimeMilliseconds(), _state.Fleet.Share.Node), now)), order.From);
            return true;
        }
    }

    /// <summary>Whether it was not changed since the caller has looked.</summary>
    public bool IsSeen(SwitchOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        lock (_throwing)
        {
            return IsSeen(order, Kept(order.Id));
        }
    }

    /// <summary>Ends the switches whose time is over, and moves the others' ends along when the wall clock was set. Called once a second.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void EndExpired()
    {
        lock (_throwing)
        {
            FollowTheWall();
            if (_doubts.Settle(isAlone: !_state.Fleet.Share.IsMember).Count > 0)
            {
                _state.Fleet.Share.Want();
            }

            EndDue();
        }
    }

    /// <inheritdoc/>
    public bool Acts(string name) => _acts(name);

    /// <inheritdoc/>
    public IReadOnlyList<SharedEntry> Tell()
    {
        lock (_throwing)
        {
            var now = _time.GetTimestamp();
            return [.. _kept.Select(k => new SharedEntry(
                k.Key, k.Value.Order, _ends.TryGetValue(k.Key, out var end) && !_doubts.Contains(k.Key) ? Span(end - now) : null, () => JsonSerializer.Serialize(SwitchRecord.Of(k.Value), SwitchRecord.Json)))];
        }
    }

    /// <inheritdoc/>
    public void Hear(DateTimeOffset clock, IReadOnlyList<SharedEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        lock (_throwing)
        {
            FollowTheWall();
            _doubts.Compare(clock);
            var kept = new Dictionary<string, Register<SwitchState.Position>>(_kept, StringComparer.Ordinal);
            var news = new List<(string Id, Register<SwitchState.Position>? Before, TimeSpan? Left, bool IsSure)>();
            foreach (var entry in entries)
            {
                if (_kept.TryGetValue(entry.Name, out var before) && entry.Order.StartsWith(before.Stamp.ToString(), StringComparison.Ordinal))
                {
                    Correct(entry, before, kept);
                    before = kept[entry.Name];
                }

                if (before?.Order != entry.Order && Read(entry) is { } told && (before?.Join(told) ?? told) is var joined && joined.Order != before?.Order)
                {
                    // Moments of the wall clock are those of the gateway where it was thrown; here they are counted from the fleet's clock, or else from ours.
                    var known = Left(entry, told.Value);
                    var left = joined.Stamp == before?.Stamp ? null : known ?? Guess(joined.Value);
                    kept[entry.Name] = left is { } span ? joined with { Last = joined.Last with { Value = Here(joined.Value, span) } } : joined;
                    news.Add((entry.Name, before, left, known is not null));
                }
            }

            if (news.Count > 0 || !kept.SequenceEqual(_kept))
            {
                Save(kept);
            }

            foreach (var (id, before, left, isSure) in news)
            {
                Take(id, before, kept[id], left, isSure);
            }

            if (news.Any(static n => n.Left <= TimeSpan.Zero))
            {
                EndDue();
            }
        }
    }

    // A version alone names one change only where nobody else makes any.
    private bool IsSeen(SwitchOrder order, Register<SwitchState.Position> before) =>
        order.Seen is not { } seen || seen.Contains(SwitchTag.Of(before), StringComparer.Ordinal)
        || (!_state.Fleet.Share.IsMember && seen.Contains(before.Value.Version.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal));

    // Under the lock, as all that follows.
    private void EndDue()
    {
        var now = _time.GetTimestamp();
        var waits = _state.Fleet.Share.IsAwaited(now);
        foreach (var (id, end) in _ends)
        {
            if (end > now)
            {
                continue;
            }

            var before = Kept(id);
            if (!_doubts.Contains(id))
            {
                var after = new SwitchState.Position(false, _time.GetUtcNow(), null, "sandglass", "its time was over", before.Value.Version + 1, null, before.Value.Settles);
                // Takes it out of what is walked over, which a Dictionary allows.
                Change(id, before, before.Next(new(before.Stamp with { Node = before.Stamp.Node | 1 }, after)), "local");
            }
            else if (!waits && _endedHere.Add(id))
            {
                Show(id, before);
                var ended = _state.Switch(id).Now;
                _audit.Write(ended.By!, "local", $"switch {id} off", ended.Reason!, Brief(before.Value), Brief(ended));
            }
        }
    }

    // The disk first: what has been answered as done must outlive a kill.
    private void Change(string id, Register<SwitchState.Position> before, Register<SwitchState.Position> after, string from)
    {
        Save(new(_kept, StringComparer.Ordinal) { [id] = after });
        _endedHere.Remove(id);
        Show(id, after);
        Time(id, after.Value, after.Value.Until - after.Value.Since);
        Tell(id, before, after, from, after.Value.Reason ?? string.Empty);
        _state.Fleet.Share.Want();
    }

    private void Take(string id, Register<SwitchState.Position>? before, Register<SwitchState.Position> after, TimeSpan? left, bool isSure)
    {
        if (before?.Stamp == after.Stamp)
        {
            Show(id, after);
        }
        else
        {
            _endedHere.Remove(id);
            Show(id, after);
            Time(id, after.Value, left);
            if (_ends.ContainsKey(id) && !isSure)
            {
                _doubts.Heard(id);
            }

            Tell(id, before, after, $"fleet, {after.Value.Gateway ?? "every gateway"}", after.Value.Reason ?? string.Empty);
        }

        if (after.Lost is { } lost && lost.Stamp != before?.Lost?.Stamp && !lost.Value.SaysTheSame(after.Value))
        {
            _audit.Write(
                after.Value.By ?? "unknown",
                $"fleet, {after.Value.Gateway ?? "every gateway"}",
                $"switch {id} conflict",
                $"{lost.Value.By} on {lost.Value.Gateway} turned it {(lost.Value.On ? "on" : "off")} without having heard of it ({lost.Value.Reason}), and lost",
                Brief(lost.Value),
                Brief(after.Value));
        }
    }

    private void Tell(string id, Register<SwitchState.Position>? before, Register<SwitchState.Position> after, string from, string why) => _audit.Write(
        after.Value.By ?? "unknown",
        from,
        $"switch {id} {(after.Value.On ? "on" : "off")}",
        why,
        Brief(before?.Value ?? SwitchState.Position.Off),
        Brief(after.Value));

    private static object Brief(SwitchState.Position position) => new { on = position.On, until = position.Until, version = position.Version };

    // What is told is what is known; but where only a wall clock has told what is left, the fleet's clock has the better word.
    private void Correct(SharedEntry entry, Register<SwitchState.Position> before, Dictionary<string, Register<SwitchState.Position>> kept)
    {
        if (Left(entry, before.Value) is not { } left || !_doubts.Remove(entry.Name))
        {
            return;
        }

        var known = _ends.TryGetValue(entry.Name, out var end) ? Span(end - _time.GetTimestamp()) : TimeSpan.MaxValue;
        if ((known - left).Duration() <= Slack)
        {
            return;
        }

        var after = before with { Last = before.Last with { Value = Here(before.Value, left) } };
        kept[entry.Name] = after;
        Time(entry.Name, before.Value, left);
        if (left > TimeSpan.Zero && _endedHere.Remove(entry.Name))
        {
            _audit.Write(
                "sandglass",
                "fleet",
                $"switch {entry.Name} on",
                $"this gateway's clock had ended it, but the fleet knows that {(int)left.TotalSeconds} s of it are left",
                Brief(before.Value.EndedHere()),
                Brief(after.Value));
        }

        Show(entry.Name, after);
    }

    // What may be left by the moments that came with it, which are those of another gateway's wall clock.
    private TimeSpan? Guess(SwitchState.Position position)
    {
        var left = position.On ? position.Until - _doubts.Now : null;
        var whole = position.Until - position.Since;
        return left > whole ? whole : left;
    }

    // A switch's end as the fleet knows it; never more than the whole time that was asked for.
    private static TimeSpan? Left(SharedEntry entry, SwitchState.Position position) =>
        position.On && entry.Moment is { } moment && position.Until - position.Since is { } whole ? moment < whole ? moment : whole : null;

    private SwitchState.Position Here(SwitchState.Position position, TimeSpan left)
    {
        var until = _time.GetUtcNow() + left;
        return position with { Since = until - (position.Until - position.Since), Until = until };
    }

    private static Register<SwitchState.Position>? Read(SharedEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize<SwitchRecord>(entry.Text(), SwitchRecord.Json)?.Register() is { } told && told.Order == entry.Order ? told : null;
        }
        catch (JsonException)
        {
            // Somebody's hand, or a gateway of another version: it says nothing here.
            return null;
        }
    }

    private Register<SwitchState.Position> Kept(string id) =>
        _kept.TryGetValue(id, out var kept) ? kept : new(new Change<SwitchState.Position>(default, SwitchState.Position.Off));

    private void Show(string id, Register<SwitchState.Position> register)
    {
        var state = _state.Switch(id);
        var isEndedHere = _endedHere.Contains(id);
        state.EndedHere = isEndedHere ? register : null;
        (state.Register, state.Now) = (register, isEndedHere ? register.Value.EndedHere() : register.Value);
    }

    private void Time(string id, SwitchState.Position position, TimeSpan? left)
    {
        _doubts.Remove(id);
        if (position.On && left is { } span)
        {
            _ends[id] = _time.GetTimestamp() + (long)Math.Ceiling(span.TotalSeconds * _time.TimestampFrequency);
        }
        else
        {
            _ends.Remove(id);
        }
    }

    private TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / _time.TimestampFrequency);

    private void FollowTheWall()
    {
        var step = _steps.Pending;
        if (step == TimeSpan.Zero)
        {
            return;
        }

        if (_ends.Count > 0)
        {
            var kept = new Dictionary<string, Register<SwitchState.Position>>(_kept, StringComparer.Ordinal);
            foreach (var id in _ends.Keys)
            {
                kept[id] = Moved(kept[id], step);
            }

            Save(kept);
            foreach (var id in _ends.Keys)
            {
                Show(id, kept[id]);
            }
        }

        _steps.Settle();
    }

    private static Register<SwitchState.Position> Moved(Register<SwitchState.Position> register, TimeSpan by) =>
        register with { Last = register.Last with { Value = register.Value with { Since = register.Value.Since + by, Until = register.Value.Until + by } } };

    private void Save(Dictionary<string, Register<SwitchState.Position>> kept)
    {
        _file.Write(kept);
        _kept = kept;
    }

    private void Restore()
    {
        var now = _time.GetUtcNow();
        var moved = false;
        foreach (var (id, read) in _kept.ToArray())
        {
            var register = read;
            if (register.Value is { On: true, Until: not null, Since: { } since } && now < since)
            {
                // The clock stands before the moment at which it was thrown: it was set back while nobody was there to see it.
                register = Moved(register, now - since);
                moved = true;
            }

            _kept[id] = register;
            Show(id, register);
            Time(id, register.Value, register.Value.Until - now);
            if (_ends.ContainsKey(id))
            {
                _doubts.Restored(id);
            }
        }

        try
        {
            if (moved)
            {
                Save(_kept);
            }

            EndExpired();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The first beat tries again.
        }
    }
}
