namespace SandGlass.Algorithms.Alarms;

/// <summary>
/// Where an alarm stands and since when: quiet → pending → firing → quiet. A value that touches the level for a moment fires nothing, and one
/// that recovers for a moment ends nothing, so that nobody is woken twice for one trouble.
/// </summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Since">Since when, monotonic ticks; of quiet, meaningless.</param>
/// <param name="CalmSince">While it fires: since when the value has been good; null: it is not.</param>
public readonly record struct AlarmState(AlarmPosition Position, long Since, long? CalmSince = null)
{
    /// <summary>Where it stands after one more value.</summary>
    /// <param name="plan">When it speaks, and when it is over.</param>
    /// <param name="value">What is measured; NaN: it is not known.</param>
    /// <param name="now">Monotonic ticks.</param>
    public AlarmState Next(in AlarmPlan plan, double value, long now)
    {
        if (Position == AlarmPosition.Firing)
        {
            long? calm = plan.IsCalm(value) ? CalmSince ?? now : null;
            return calm is { } since && now - since >= plan.Calm ? default : this with { CalmSince = calm };
        }

        if (!plan.Speaks(value))
        {
            return default;
        }

        var began = Position == AlarmPosition.Pending ? Since : now;
        return now - began >= plan.For ? new(AlarmPosition.Firing, now) : new(AlarmPosition.Pending, began);
    }
}
