using SandGlass.Algorithms.Breaking;
using SandGlass.Plans;
using SandGlass.Policy;

namespace SandGlass.Events;

/// <summary>
/// Looks once a second at what tells nobody when it changes: breakers, phases, and policies that are turned away. A breaker that tries and
/// opens again is one trip. Called by one thread.
/// </summary>
/// <param name="timeline">Gets what has changed.</param>
/// <param name="state">Where the breakers are.</param>
/// <param name="store">The policy.</param>
/// <param name="time">The clock.</param>
internal sealed class TimelineWatch(Timeline timeline, GatewayState state, PolicyStore store, TimeProvider time)
{
    private readonly HashSet<string> _tripped = new(StringComparer.Ordinal);
    private DateTimeOffset _lastReload = store.Last.At;
    private (string Name, DateTimeOffset Began)? _phase = Phase(store, time);

    /// <summary>Looks.</summary>
    public void Beat()
    {
        foreach (var (route, breaker) in state.Breakers)
        {
            var isOpen = breaker.Position(time.GetTimestamp()) != BreakerPosition.Closed && breaker.Forced(time.GetTimestamp()) is null;
            if (isOpen ? _tripped.Add(route) : _tripped.Remove(route))
            {
                timeline.Add(new(time.GetLocalNow(), "breaker", route, isOpen ? "open" : "closed"));
            }
        }

        if (store.Last is { Accepted: false } last && last.At != _lastReload)
        {
            timeline.Add(new(last.At, "policy", last.Revision, "rejected", null, last.Problems is [{ } first, ..] ? first.Split('\n')[0] : null));
        }

        _lastReload = store.Last.At;
        var phase = Phase(store, time);
        if (phase is { } now && phase != _phase)
        {
            timeline.Add(new(time.GetLocalNow(), "phase", now.Name, "begins"));
        }

        _phase = phase;
    }

    private static (string Name, DateTimeOffset Began)? Phase(PolicyStore store, TimeProvider time) =>
        store.Current.Policy.Event is { } promotion ? PlanMoment.PhaseAt(promotion, time.GetUtcNow()) : null;
}
