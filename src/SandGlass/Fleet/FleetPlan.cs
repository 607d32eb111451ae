using SandGlass.Algorithms.Rates;

namespace SandGlass.Fleet;

/// <summary>The fleet as one policy has it.</summary>
/// <param name="Settings">Name and Redis.</param>
/// <param name="Limits">What is shared, by the rule's name.</param>
/// <param name="Gates">The backends whose limits the gateways tell each other.</param>
/// <param name="HotKeys">The routes whose hot keys they tell each other.</param>
public sealed record FleetPlan(FleetSettings Settings, IReadOnlyList<FleetLimitPlan> Limits, IReadOnlyList<FleetGate> Gates, IReadOnlyList<FleetHotKeys> HotKeys)
{
    /// <summary>Keys that one call carries: a key takes Redis a few microseconds, and others wait meanwhile. More take turns.</summary>
    public const int MostInACall = 512;

    /// <summary>Calls from one turn of a key to its next, now; all limits' keys share the calls.</summary>
    public int Turns => (Limits.Sum(static limit => limit.Limit.Count) / MostInACall) + 1;

    /// <summary>Whether a key has become hot that nobody was told of.</summary>
    public bool HasNews => HotKeys.Any(static keys => keys.HasNews);
}

/// <summary>One limit that is shared.</summary>
/// <param name="Name">The rule's name.</param>
/// <param name="Limit">What has happened at it.</param>
/// <param name="Rate">What the whole fleet may do.</param>
/// <param name="TicksPerSecond">The clock.</param>
public sealed record FleetLimitPlan(string Name, FleetLimit Limit, GcraPlan Rate, long TicksPerSecond)
{
    /// <summary>For how long a lease shall last, seconds: half again as long as from one call to the next.</summary>
    public const double HorizonSeconds = 0.15;

    /// <summary>As a gateway of a fleet of this size sees it. What is leased lasts until the key's next turn.</summary>
    public LeasePlan For(int members) => new(Rate.EmissionInterval, Rate.BurstTolerance, members, (long)(TicksPerSecond * HorizonSeconds * Limit.Turns));

    /// <summary>
    /// The most tokens a key may be given over rate × time, in any time: the burst; the same burst once more, as far as the other gateways' shares of it
    /// are used before they hear of it; what is lent ahead, to a fleet of one too; and the leases of all.
    /// </summary>
    public double Bound(int members)
    {
        var plan = For(members);
        var burst = (double)plan.BurstTolerance / plan.EmissionInterval;
        var share = Math.Max(1, burst / members);
        return burst + ((members - 1) * share) + ((double)plan.Ahead / plan.EmissionInterval) + (members * (double)plan.MostLease / LeasePlan.Unit);
    }
}
