namespace SandGlass.Algorithms.Alarms;

/// <summary>Where an alarm stands.</summary>
public enum AlarmPosition
{
    /// <summary>Nothing is wrong.</summary>
    Quiet,

    /// <summary>The value is beyond the level, but not for long enough yet.</summary>
    Pending,

    /// <summary>Somebody is told.</summary>
    Firing,
}
