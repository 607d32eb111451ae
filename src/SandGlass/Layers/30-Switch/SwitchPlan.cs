using SandGlass.Algorithms.Counting;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Yarp;

namespace SandGlass.Layers.Switch;

/// <summary>One switch of the policy, compiled; the same plan stands on every route that it touches.</summary>
public sealed class SwitchPlan(Layer layer, string name, Mode mode, StripedCounter shadowed) : Rule(layer, name, mode, shadowed)
{
    /// <summary>What the operator wrote.</summary>
    public required SwitchPolicy Policy { get; init; }

    /// <summary>Names of the routes that it touches.</summary>
    public required IReadOnlyList<string> Routes { get; init; }

    /// <summary>Whether it is on; lives as long as the process.</summary>
    public required SwitchState State { get; init; }

    /// <summary>Answer with this instead.</summary>
    public FallbackPlan? DivertTo { get; init; }

    /// <summary>Fraction of clients to admit; 1: all.</summary>
    public double Admit { get; init; } = 1;

    /// <summary>Refuse all.</summary>
    public bool Refuses { get; init; }

    /// <summary>Status of a refusal.</summary>
    public int Status { get; init; } = 503;

    /// <summary>Seconds of a refusal's <c>Retry-After</c>.</summary>
    public int RetryAfter { get; init; } = 30;

    /// <summary>Multiplies rate limits.</summary>
    public double RateScale { get; init; } = 1;

    /// <summary>Overrides the micro-cache's time to live, ticks; 0: does not.</summary>
    public long Ttl { get; init; }

    /// <summary>Refuse what matters less; null: does not.</summary>
    public Criticality? ShedBelow { get; init; }

    /// <summary>Ask this backend instead; null: does not.</summary>
    public BackendPlan? Backend { get; init; }

    /// <summary>Wait this long for an answer; null: as long as the route says.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether it changes what the layers behind it do, rather than saying no.</summary>
    public bool Changes => RateScale != 1 || Ttl > 0 || Backend is not null || Timeout is not null;

    /// <summary>Whether a switch of the policy acts on a route.</summary>
    /// <param name="written">The switch.</param>
    /// <param name="route">The route's name.</param>
    /// <param name="chain">Its chain.</param>
    public static bool Touches(SwitchPolicy written, string route, string chain)
    {
        ArgumentNullException.ThrowIfNull(written);
        return written.Routes?.Contains(route) == true || written.Chains?.Contains(chain) == true || written.Chains?.Contains("*") == true;
    }

    /// <summary>Whether it could do anything on one of its routes.</summary>
    public bool CanAct(RoutePlan route)
    {
        ArgumentNullException.ThrowIfNull(route);
        return Policy.Do switch
        {
            { ScaleRateLimits: not null } => route.Rules.Any(static r => r.Layer.Place == Place.RateLimit),
            { CoalesceTtl: not null } => route.Rules.Any(static r => r.Layer.Place == Place.Coalesce),
            { UseBackend: { } other } => route.Backend is { } backend && backend.Name != other,
            { Timeout: { } timeout } => route.Backend is not null && route.Timeout != timeout.Value,
            { ShedBelow: { } least } => route.Criticality < least,
            _ => true,
        };
    }
}
