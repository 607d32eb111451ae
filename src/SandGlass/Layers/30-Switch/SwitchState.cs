namespace SandGlass.Layers.Switch;

/// <summary>Whether a switch is on, by whom and until when. One immutable record swapped whole, so that a reader never sees half of it.</summary>
/// <param name="id">The switch's id.</param>
public sealed class SwitchState(string id)
{
    private volatile Position _position = Position.Off;

    /// <summary>The switch's id.</summary>
    public string Id { get; } = id;

    /// <summary>Whether it is on: what the hot path reads.</summary>
    public bool IsOn => _position.On;

    /// <summary>All there is to know.</summary>
    public Position Now
    {
        get => _position;
        set => _position = value;
    }

    /// <summary>A switch's position.</summary>
    /// <param name="On">Whether it is on.</param>
    /// <param name="Since">Since when, wall clock.</param>
    /// <param name="Until">When it ends by itself, wall clock; null: never.</param>
    /// <param name="By">Who threw it.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Version">Grows by one with each change, so that two who throw it at once find out. 0: never thrown, or kept by an older version.</param>
    public sealed record Position(bool On, DateTimeOffset? Since, DateTimeOffset? Until, string? By, string? Reason, long Version = 0)
    {
        /// <summary>Never thrown.</summary>
        public static Position Off { get; } = new(false, null, null, null, null);
    }
}
