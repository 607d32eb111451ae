using SandGlass.Plans;
using SandGlass.Policy;

namespace SandGlass.Events;

/// <summary>Where the event stands: its phases in order, which is now, and how long until the next.</summary>
internal static class EventClock
{
    /// <summary>Reads it; null where the policy has no event.</summary>
    /// <param name="policy">The policy in force.</param>
    /// <param name="now">Wall clock: phases are moments of the calendar.</param>
    public static EventStatus? Read(GatewayPolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Event is not { } promotion)
        {
            return null;
        }

        var phases = promotion.Phases.Select(p => (Name: p.Key, At: promotion.Start + p.Value.Value)).OrderBy(static p => p.At).ToArray();
        var phase = PlanMoment.PhaseAt(promotion, now);
        var next = phases.FirstOrDefault(p => p.At > now);
        return new(
            promotion.Start,
            phase?.Name,
            phase is { } begun ? Math.Round((now - begun.Began).TotalSeconds, 1) : null,
            next.Name,
            next.Name is null ? null : Math.Round((next.At - now).TotalSeconds, 1),
            [.. phases.Select(p => new PhaseStatus(p.Name, p.At, [.. policy.Plans.Where(plan => plan.Value.When?.Phase == p.Name).Select(static plan => plan.Key)]))]);
    }
}

/// <summary>The event. Of <paramref name="Phase"/> and <paramref name="Next"/> each is null where there is none now.</summary>
/// <param name="Start">The zero hour.</param>
/// <param name="Phase">The phase that is now.</param>
/// <param name="PhaseSeconds">For how long.</param>
/// <param name="Next">The phase that comes.</param>
/// <param name="NextInSeconds">In how long.</param>
/// <param name="Phases">All of them, in order.</param>
public sealed record EventStatus(DateTimeOffset Start, string? Phase, double? PhaseSeconds, string? Next, double? NextInSeconds, IReadOnlyList<PhaseStatus> Phases);

/// <summary>One phase.</summary>
/// <param name="Name">Its name.</param>
/// <param name="At">Its beginning.</param>
/// <param name="Plans">The plans that it proposes.</param>
public sealed record PhaseStatus(string Name, DateTimeOffset At, IReadOnlyList<string> Plans);
