using System.Globalization;
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
    // What stands below it has no lock of its own: everything there is done under this one.
    private readonly Lock _throwing = new();
    private readonly FleetShare _share;
    private readonly TimeProvider _time;
    private readonly Func<string, bool> _acts;
    private readonly SwitchBook _book;
    private readonly SwitchAudit _audit;
    private readonly SwitchNews _news;

    /// <summary>Takes up the switches as they were left; those whose time ran out meanwhile are ended.</summary>
    /// <param name="state">Where their positions are read from.</param>
    /// <param name="folder">Where they are kept.</param>
    /// <param name="audit">Gets a line for each change.</param>
    /// <param name="time">Both clocks.</param>
    /// <param name="acts">Whether the policy in force has a switch that can be thrown; null: any.</param>
    public SwitchBoard(GatewayState state, StateFolder folder, Audit audit, TimeProvider time, Func<string, bool>? acts = null)
    {
        (_share, _time, _acts) = (state.Fleet.Share, time, acts ?? (static _ => true));
        _audit = new(audit);
        _book = new(state, folder, time);
        _news = new(_book, _audit, time);
        try
        {
            _book.SaveMoved();
            EndExpired();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The first beat tries again.
        }

        _share.Add(this);
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
            _book.FollowTheWall();
            var before = _book.Of(order.Id);
            if (!IsSeen(order, before))
            {
                now = before.Value;
                return false;
            }

            var at = _time.GetUtcNow();
            now = new(order.On, at, order.On && order.Lasts is { } span ? at + span : null, order.By, order.Reason, before.Value.Version + 1, _share.Name, before.Lost?.Stamp);
            Change(order.Id, before, before.Next(new(new(now.Version, at.ToUnixTimeMilliseconds(), _share.Node), now)), order.From);
            return true;
        }
    }

    /// <summary>Whether it was not changed since the caller has looked.</summary>
    public bool IsSeen(SwitchOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        lock (_throwing)
        {
            return IsSeen(order, _book.Of(order.Id));
        }
    }

    /// <summary>Ends the switches whose time is over, and moves the others' ends along when the wall clock was set. Called once a second.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void EndExpired()
    {
        lock (_throwing)
        {
            _book.FollowTheWall();
            if (_book.Ends.Settle(isAlone: !_share.IsMember))
            {
                _share.Want();
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
            return _news.Tell();
        }
    }

    /// <inheritdoc/>
    public void Hear(DateTimeOffset clock, IReadOnlyList<SharedEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        lock (_throwing)
        {
            _book.FollowTheWall();
            if (_news.Hear(clock, entries))
            {
                EndDue();
            }
        }
    }

    // A version alone names one change only where nobody else makes any.
    private bool IsSeen(SwitchOrder order, Register<SwitchState.Position> before) =>
        order.Seen is not { } seen || seen.Contains(SwitchTag.Of(before), StringComparer.Ordinal)
        || (!_share.IsMember && seen.Contains(before.Value.Version.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal));

    // Under the lock, as all that follows.
    private void EndDue()
    {
        var now = _time.GetTimestamp();
        var waits = _share.IsAwaited(now);
        foreach (var id in _book.Ends.Due(now))
        {
            var before = _book.Of(id);
            if (!_book.Ends.IsInDoubt(id))
            {
                var after = new SwitchState.Position(false, _time.GetUtcNow(), null, "sandglass", "its time was over", before.Value.Version + 1, null, before.Value.Settles);
                Change(id, before, before.Next(new(before.Stamp with { Node = before.Stamp.Node | 1 }, after)), "local");
            }
            else if (!waits && _book.EndHere(id) is { } ended)
            {
                _audit.Changed(id, before.Value, ended, "local");
            }
        }
    }

    // The disk first: what has been answered as done must outlive a kill.
    private void Change(string id, Register<SwitchState.Position> before, Register<SwitchState.Position> after, string from)
    {
        _book.Save(id, after);
        _book.Follow(id);
        _book.Show(id, after);
        _book.Ends.Set(id, after.Value, after.Value.Until - after.Value.Since);
        _audit.Changed(id, before.Value, after.Value, from);
        _share.Want();
    }
}
