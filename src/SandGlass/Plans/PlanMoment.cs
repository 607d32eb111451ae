using SandGlass.Alarms;
using SandGlass.Policy;

namespace SandGlass.Plans;

/// <summary>A moment at which a plan is proposed.</summary>
/// <param name="Key">Tells this moment from every other: a phase of one event, or one time that an alarm fired.</param>
/// <param name="Why">In words.</param>
public sealed record PlanMoment(string Key, string Why)
{
    /// <summary>The moment that is now; null: none.</summary>
    /// <param name="when">The plan's.</param>
    /// <param name="promotion">The event, with its phases.</param>
    /// <param name="alarms">The alarms as they are.</param>
    /// <param name="now">Wall clock: phases are moments of the calendar.</param>
    public static PlanMoment? Of(PlanWhenPolicy? when, EventPolicy? promotion, IReadOnlyList<AlarmStatus> alarms, DateTimeOffset now)
    {
        if (when?.Phase is { } phase)
        {
            return promotion is not null && PhaseAt(promotion, now) is var (name, began) && name == phase
                ? new($"phase {name} {began:O}", $"the phase {name} has begun") : null;
        }

        return when?.Alarm is { } wanted && alarms.FirstOrDefault(a => a.Name == wanted) is { IsFiring: true, FiredAt: { } fired } && now - fired >= when.For.Value
            ? new($"alarm {wanted} {fired:O}", $"the alarm {wanted} fires") : null;
    }

    /// <summary>The phase that is now, and when it began; null: before the first.</summary>
    public static (string Name, DateTimeOffset Began)? PhaseAt(EventPolicy promotion, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(promotion);
        (string Name, DateTimeOffset Began)? last = null;
        foreach (var (name, offset) in promotion.Phases)
        {
            var began = promotion.Start + offset.Value;
            if (began <= now && (last is null || began >= last.Value.Began))
            {
                last = (name, began);
            }
        }

        return last;
    }
}
