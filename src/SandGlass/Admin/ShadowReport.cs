using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>
/// The rules on trial: those in shadow, those enforced for a part of the clients, and those that counted before they were put to work.
/// One rule may stand on many routes and is told once.
/// </summary>
internal static class ShadowReport
{
    /// <summary>In the order of the way, the busiest first.</summary>
    public static IEnumerable<ShadowStatus> Of(Snapshot snapshot, GatewayState state, Rates rates)
    {
        var totals = state.Shadows.ToDictionary(static s => (s.Layer, s.Rule), static s => s.Total);
        var onRoutes = snapshot.Routes.SelectMany(static route => route.Rules.Select(rule => (rule, route: route.Name)));
        return from known in onRoutes.Append((snapshot.Trust, string.Empty))
               group known.route by (known.rule.Layer.Place, known.rule.Name, known.rule.Mode, known.rule.EnforceShare) into one
               let layer = one.Key.Place.Word()
               let would = totals.GetValueOrDefault((layer, one.Key.Name))
               let share = one.Key.Mode == Mode.Enforce ? one.Key.EnforceShare : 0
               where share < 1 || would > 0
               orderby one.Key.Place, would descending, one.Key.Name
               select new ShadowStatus(
                   layer,
                   one.Key.Name,
                   PolicyShape.Word(one.Key.Mode),
                   Math.Round(share * 100, 3),
                   would,
                   rates.Shadowed(layer, one.Key.Name),
                   [.. one.Where(static route => route.Length > 0).Distinct()]);
    }
}
