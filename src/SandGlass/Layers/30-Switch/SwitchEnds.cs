using SandGlass.Fleet;

namespace SandGlass.Layers.Switch;

/// <summary>
/// When switches end by themselves, by this gateway's monotonic clock; and of which of these ends only a wall clock has told so far (<see cref="Doubts"/>).
/// Not thread-safe: its owner has a lock.
/// </summary>
/// <param name="time">Both clocks.</param>
internal sealed class SwitchEnds(TimeProvider time)
{
    private readonly Doubts _doubts = new(time);
    // Ticks.
    private readonly Dictionary<string, long> _ends = new(StringComparer.Ordinal);

    /// <summary>The wall clock by which this gateway reads what was kept and what is told.</summary>
    public DateTimeOffset Now => _doubts.Now;

    /// <summary>Switches that end by themselves.</summary>
    public IReadOnlyCollection<string> Ids => _ends.Keys;

    /// <summary>Those whose time is over.</summary>
    /// <param name="now">Monotonic ticks.</param>
    public IReadOnlyList<string> Due(long now) => [.. _ends.Where(e => e.Value <= now).Select(static e => e.Key)];

    /// <summary>What is left of a switch's time; null: it does not end by itself.</summary>
    public TimeSpan? Left(string id) => _ends.TryGetValue(id, out var end) ? TimeSpan.FromSeconds((double)(end - time.GetTimestamp()) / time.TimestampFrequency) : null;

    /// <summary>Whether only a wall clock has told of it.</summary>
    public bool IsInDoubt(string id) => _doubts.Contains(id);

    /// <summary>So much is left of it from now on, beyond doubt.</summary>
    /// <param name="id">The switch.</param>
    /// <param name="position">Its position; one that is off does not end.</param>
    /// <param name="left">What is left; null: it does not end by itself.</param>
    public void Set(string id, SwitchState.Position position, TimeSpan? left)
    {
        _doubts.Remove(id);
        if (position.On && left is { } span)
        {
            _ends[id] = time.GetTimestamp() + (long)Math.Ceiling(span.TotalSeconds * time.TimestampFrequency);
        }
        else
        {
            _ends.Remove(id);
        }
    }

    /// <summary>Its end was found at the start: nobody has seen how much time has passed since.</summary>
    public void Restored(string id)
    {
        if (_ends.ContainsKey(id))
        {
            _doubts.Restored(id);
        }
    }

    /// <summary>Its end was told by somebody who does not know better either.</summary>
    public void Heard(string id)
    {
        if (_ends.ContainsKey(id))
        {
            _doubts.Heard(id);
        }
    }

    /// <summary>The fleet has told what is left of it.</summary>
    /// <returns>Whether that was in doubt.</returns>
    public bool Learn(string id) => _doubts.Remove(id);

    /// <summary>The fleet was heard.</summary>
    /// <param name="clock">Redis', at this moment.</param>
    public void Compare(DateTimeOffset clock) => _doubts.Compare(clock);

    /// <summary>Takes the wall clock's word where it is believed by now.</summary>
    /// <param name="isAlone">Whether there is no fleet that could know better.</param>
    /// <returns>Whether any end is in doubt no more.</returns>
    public bool Settle(bool isAlone) => _doubts.Settle(isAlone).Count > 0;
}
