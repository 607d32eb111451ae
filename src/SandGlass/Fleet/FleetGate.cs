using System.Text;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Fleet;

/// <summary>A backend whose limit the gateways of a fleet tell each other.</summary>
/// <param name="name">The backend's name, which means the same to all of them.</param>
/// <param name="limit">The limit that this gateway finds.</param>
/// <param name="plan">Its bounds.</param>
/// <param name="routes">All routes with a backend, with their slots in the limit: a failover, a switch or a fallback may lead any of them to it.</param>
public sealed class FleetGate(string name, AdaptiveLimit limit, ConcurrencyPlan plan, IReadOnlyList<(string Name, int Slot)> routes)
{
    /// <summary>Who is meant, in a number that Redis' scripts carry without loss (52 bits); the bounds are part of it: other bounds, other limit.</summary>
    public long Id { get; } = (long)(SipHash.Hash(new((ulong)plan.Min, (ulong)plan.Max), Encoding.UTF8.GetBytes(name)) >> 12);

    /// <summary>Who is meant where the last window is told.</summary>
    public long WindowId { get; } = Meaning(name, $"window {plan.Min} {plan.Max}");

    /// <summary>What to tell.</summary>
    public LimitHint HintAt(long now) => limit.Hint(plan, now);

    /// <summary>What to tell of routes: who is meant, and what this gateway itself has learnt; of those it knows best.</summary>
    public IEnumerable<(long Id, LearntBase Base)> Bases(int most) =>
        _routes.Select(route => (route.Id, Base: limit.OwnBase(route.Slot))).Where(static one => one.Base.Known > 0).OrderByDescending(static one => one.Base.Known).Take(most);

    /// <summary>Takes what the others told. Their bounds are these, so that more than the most is nonsense.</summary>
    public void Hear(IEnumerable<LimitHint> others, long now) =>
        limit.Advise(LimitAdvice.Of(HintAt(now), others.Select(hint => hint with { Limit = Math.Min(hint.Limit, plan.Max) })), plan, now);

    /// <summary>Takes what the others have learnt of the routes.</summary>
    public void Hear(Func<long, IEnumerable<LearntBase>> told)
    {
        foreach (var (id, slot) in _routes)
        {
            if (LearntBase.Of(told(id)) is { Known: > 0 } theirs)
            {
                limit.LendBase(slot, theirs);
            }
        }
    }

    private readonly (long Id, int Slot)[] _routes = [.. routes.Select(route => (Meaning(name, "route " + route.Name), route.Slot))];

    private static long Meaning(string backend, string what) =>
        (long)(SipHash.Hash(new(0, 0), Encoding.UTF8.GetBytes($"{backend}\n{what}")) >> 12);
}
