using System.Text;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Fleet;

/// <summary>A backend whose limit the gateways of a fleet tell each other.</summary>
/// <param name="name">The backend's name, which means the same to all of them.</param>
/// <param name="limit">The limit that this gateway finds.</param>
/// <param name="plan">Its bounds.</param>
public sealed class FleetGate(string name, AdaptiveLimit limit, ConcurrencyPlan plan)
{
    /// <summary>Who is meant, in a number that Redis' scripts carry without loss (52 bits); the bounds are part of it: other bounds, other limit.</summary>
    public long Id { get; } = (long)(SipHash.Hash(new((ulong)plan.Min, (ulong)plan.Max), Encoding.UTF8.GetBytes(name)) >> 12);

    /// <summary>What to tell.</summary>
    public LimitHint Hint => limit.Hint(plan);

    /// <summary>Takes what the others told.</summary>
    public void Hear(IEnumerable<LimitHint> others, long now) => limit.Advise(LimitAdvice.Of(Hint, others), plan, now);
}
