using SandGlass.Layers.Switch;

namespace SandGlass.Policy;

/// <summary>Definitions that nothing names.</summary>
internal static class UnusedValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        IEnumerable<SwitchActionPolicy> actions = policy.Switches.Values.Select(one => one.Do);
        Tell("rateLimits", "rate limit", Names.Of(policy.RateLimits), policy.Routes.Values.SelectMany(route => route.RateLimits), findings);
        Tell("fallbacks", "fallback", Names.Of(policy.Fallbacks),
            [
                .. policy.Routes.Values.SelectMany(route => new[] { route.Fallback, route.Answer, route.HotKeys?.Ladder?.Fallback?.Use }),
                .. policy.Fallbacks.Values.Select(fallback => fallback.Else),
                .. actions.Select(action => action.Fallback),
            ], findings);
        Tell("backends", "backend", Names.Of(policy.Backends),
            [
                .. policy.Routes.Values.Select(route => route.Backend ?? (route.Answer is null ? route.Chain : null)),
                .. policy.Backends.Values.Select(backend => backend.Failover),
                .. policy.Fallbacks.Values.Select(fallback => fallback.Backend),
                .. actions.Select(action => action.UseBackend),
            ], findings);
    }

    private static void Tell(string section, string what, IEnumerable<string> defined, IEnumerable<string?> named, Findings findings)
    {
        var used = named.ToHashSet(StringComparer.Ordinal);
        foreach (string name in defined.Where(name => !used.Contains(name)))
        {
            findings.Add(PolicyRules.Unused, JsonPointer.Of(section, name), $"nothing names the {what} {Words.Quote(name)}; let a route name it, or take it out");
        }
    }
}
