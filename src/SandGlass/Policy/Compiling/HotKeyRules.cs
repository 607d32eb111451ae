using SandGlass.Algorithms.Rates;
using SandGlass.Fleet;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Request;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the rules about a route's hot keys: how they are found, and what one of them may ask of the backend.</summary>
/// <param name="compilation">What there is to compile.</param>
/// <param name="fleet">The fleet that finds them together; null: none.</param>
/// <param name="fallbacks">What those get who are refused.</param>
internal sealed class HotKeyRules(Compilation compilation, FleetSettings? fleet, IReadOnlyDictionary<string, FallbackPlan> fallbacks)
{
    /// <summary>How a route's are found.</summary>
    public IEnumerable<Rule> Counting(string route, RoutePolicy written)
    {
        if (written.HotKeys is not { } hot)
        {
            return [];
        }

        var key = KeyPlan.Parse(hot.Key);
        return
        [
            new HotKeyRule(compilation.Pipeline.HotKeys, route, Mode.Enforce, compilation.Shadow(compilation.Pipeline.HotKeys, route))
            {
                Plan = new(hot.PromoteAt, hot.Share, compilation.Frequency),
                Key = key,
                HashKey = fleet?.HashKey,
                State = StateOf(route, hot),
            },
        ];
    }

    /// <summary>What each of a route's may ask of the backend.</summary>
    public IEnumerable<Rule> Limiting(string route, RoutePolicy written)
    {
        if (written.HotKeys is not { Ladder: { Limit: { } limit } ladder } hot)
        {
            return [];
        }

        var name = route + ".limit";
        var shadow = ladder.Fallback?.Mode == Mode.Shadow;
        return
        [
            new HotLimitRule(compilation.Pipeline.HotLimit, name, compilation.ModeOf(limit.Mode, LayerName.Coalesce), compilation.Shadow(compilation.Pipeline.HotLimit, name))
            {
                EnforceShare = compilation.Share(100, LayerName.Coalesce),
                Bucket = GcraPlan.FromRate(limit.Rate.PerSecond, limit.Burst ?? Math.Max(1, Math.Ceiling(limit.Rate.PerSecond)), compilation.Frequency),
                State = StateOf(route, hot),
                Fallback = ladder.Fallback is { Mode: Mode.Enforce } fallback ? fallbacks[fallback.Use] : null,
                FallbackShadowed = shadow ? compilation.Shadow(compilation.Pipeline.HotLimit, route + ".fallback") : null,
                TicksPerSecond = compilation.Frequency,
            },
        ];
    }

    /// <summary>A route's counts. Hashes of a fleet mean the same to all of it; those of a process to nobody else.</summary>
    public HotKeyState StateOf(string route, HotKeyPolicy hot) =>
        compilation.State.HotKeys(route, KeyPlan.Parse(hot.Key) + (fleet is null ? string.Empty : " in the fleet " + fleet.Name));
}
