using SandGlass.Algorithms.Sharing;
using SandGlass.Hosting;
using SandGlass.Policy;

namespace SandGlass.Layers.Switch;

/// <summary>
/// All switches' positions, also of those that the policy does not have just now: on the disk, and from there where requests read them. Moments of the
/// wall clock are moved along when somebody sets it. Not thread-safe: its owner has a lock.
/// </summary>
internal sealed class SwitchBook
{
    private readonly GatewayState _state;
    private readonly SwitchFile _file;
    private readonly WallSteps _steps;

    // Those whose end only a wall clock has told: off here although they say on.
    private readonly HashSet<string> _endedHere = new(StringComparer.Ordinal);

    private Dictionary<string, Register<SwitchState.Position>> _kept;
    private bool _isMoved;

    /// <summary>Takes up the switches as they were left.</summary>
    /// <param name="state">Where requests read them.</param>
    /// <param name="folder">Where they are kept.</param>
    /// <param name="time">Both clocks.</param>
    public SwitchBook(GatewayState state, StateFolder folder, TimeProvider time)
    {
        _state = state;
        _file = new(folder);
        _steps = new(time);
        Ends = new(time);
        _kept = _file.Read();
        var now = time.GetUtcNow();
        foreach (var (id, read) in _kept.ToArray())
        {
            var register = read;
            if (register.Value is { On: true, Until: not null, Since: { } since } && now < since)
            {
                // The clock stands before the moment at which it was thrown: it was set back while nobody was there to see it.
                register = Moved(register, now - since);
                _isMoved = true;
            }

            _kept[id] = register;
            Show(id, register);
            Ends.Set(id, register.Value, register.Value.Until - now);
            Ends.Restored(id);
        }
    }

    /// <summary>By switch, as the fleet knows it.</summary>
    public IReadOnlyDictionary<string, Register<SwitchState.Position>> Kept => _kept;

    /// <summary>When they end.</summary>
    public SwitchEnds Ends { get; }

    /// <summary>A switch; off where it was never thrown.</summary>
    public Register<SwitchState.Position> Of(string id) =>
        _kept.TryGetValue(id, out var kept) ? kept : new(new Change<SwitchState.Position>(default, SwitchState.Position.Off));

    /// <summary>Puts on the disk what had to be moved when the switches were taken up.</summary>
    /// <exception cref="IOException">The state folder cannot be written.</exception>
    public void SaveMoved()
    {
        if (_isMoved)
        {
            Save(_kept);
            _isMoved = false;
        }
    }

    /// <summary>Puts all of them on the disk, and goes by them from then on.</summary>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public void Save(Dictionary<string, Register<SwitchState.Position>> kept)
    {
        _file.Write(kept);
        _kept = kept;
    }

    /// <summary>The same with one of them changed.</summary>
    /// <exception cref="IOException">The state folder cannot be written; then nothing has changed.</exception>
    public void Save(string id, Register<SwitchState.Position> register) => Save(new(_kept, StringComparer.Ordinal) { [id] = register });

    /// <summary>Shows requests where a switch stands.</summary>
    public void Show(string id, Register<SwitchState.Position> register)
    {
        var shown = _state.Switch(id);
        var isEndedHere = _endedHere.Contains(id);
        shown.EndedHere = isEndedHere ? register : null;
        (shown.Register, shown.Now) = (register, isEndedHere ? register.Value.EndedHere() : register.Value);
    }

    /// <summary>Has a switch off here although it says on, since by this gateway's own clock its time is over.</summary>
    /// <returns>What requests see of it now; null: it was off here already.</returns>
    public SwitchState.Position? EndHere(string id)
    {
        if (!_endedHere.Add(id))
        {
            return null;
        }

        Show(id, Of(id));
        return _state.Switch(id).Now;
    }

    /// <summary>From here on it is what it says.</summary>
    /// <returns>Whether it was off here although it said on.</returns>
    public bool Follow(string id) => _endedHere.Remove(id);

    /// <summary>Moves the moments of the wall clock along when somebody has set it.</summary>
    /// <exception cref="IOException">The state folder cannot be written; the next call tries again.</exception>
    public void FollowTheWall()
    {
        var step = _steps.Pending;
        if (step == TimeSpan.Zero)
        {
            return;
        }

        if (Ends.Ids.Count > 0)
        {
            var kept = new Dictionary<string, Register<SwitchState.Position>>(_kept, StringComparer.Ordinal);
            foreach (var id in Ends.Ids)
            {
                kept[id] = Moved(kept[id], step);
            }

            Save(kept);
            foreach (var id in Ends.Ids)
            {
                Show(id, kept[id]);
            }
        }

        _steps.Settle();
    }

    private static Register<SwitchState.Position> Moved(Register<SwitchState.Position> register, TimeSpan by) =>
        register with { Last = register.Last with { Value = register.Value with { Since = register.Value.Since + by, Until = register.Value.Until + by } } };
}
