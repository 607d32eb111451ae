using SandGlass.Layers.Switch;

namespace SandGlass.Policy.Compiling;

/// <summary>Who may ask which backend. Known beforehand, so that a chain has its share when the switch is thrown that sends it there.</summary>
internal static class BackendUsers
{
    /// <summary>
    /// Of each backend the chains that may ask it: those of its routes, of the routes that a switch may send there, and of the routes of whom it
    /// takes over from.
    /// </summary>
    public static ILookup<string, string> Of(GatewayPolicy policy)
    {
        var elsewhere = policy.Switches.Values.Where(static s => s.Do.UseBackend is not null).ToArray();
        return policy.Routes
            .Where(static r => r.Value.Answer is null)
            .SelectMany(r => elsewhere.Where(s => SwitchPlan.Touches(s, r.Key, r.Value.Chain)).Select(static s => s.Do.UseBackend!)
                .Append(r.Value.Backend ?? r.Value.Chain).Concat(StandingIn(policy, r.Value.Fallback)).Select(b => (Backend: b, r.Value.Chain)))
            .Distinct()
            .SelectMany(use => Reached(policy, use.Backend).Select(b => (Backend: b, use.Chain)))
            .Distinct()
            .ToLookup(static use => use.Backend, static use => use.Chain, StringComparer.Ordinal);
    }

    // The backends that a chain of fallbacks may ask.
    private static IEnumerable<string> StandingIn(GatewayPolicy policy, string? fallback)
    {
        for (; fallback is not null; fallback = policy.Fallbacks[fallback].Else)
        {
            if (policy.Fallbacks[fallback].Backend is { } other)
            {
                yield return other;
            }
        }
    }

    private static IEnumerable<string> Reached(GatewayPolicy policy, string backend)
    {
        for (string? next = backend; next is not null; next = policy.Backends[next].Failover)
        {
            yield return next;
        }
    }
}
