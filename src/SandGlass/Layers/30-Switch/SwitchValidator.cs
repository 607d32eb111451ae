using SandGlass.Policy;

namespace SandGlass.Layers.Switch;

/// <summary>Switches: they act somewhere, do one thing, and what they name exists before the night they are thrown.</summary>
internal static class SwitchValidator
{
    private static readonly string[] _actions = [.. PolicyShape.Of(typeof(SwitchActionPolicy)).Keys.Keys];

    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        var used = policy.Routes.Values.Select(route => route.Chain).ToHashSet(StringComparer.Ordinal);
        var coalescing = ChainsOf(policy, static route => route.Coalesce is not null);
        var limited = ChainsOf(policy, static route => route.RateLimits.Count > 0);
        var asking = ChainsOf(policy, static route => route.Answer is null);
        foreach ((string name, SwitchPolicy one) in policy.Switches)
        {
            string at = JsonPointer.Of("switches", name);
            Where(policy, one, at, findings);
            Action(policy, one.Do, at + "/do", findings);
            if (one.Routes is null && one.Chains is { Count: > 0 } chains && chains.All(chain => policy.Chains.ContainsKey(chain) && !used.Contains(chain)))
            {
                findings.Add(PolicyRules.NoEffect, at + "/chains", "no route belongs to any of these chains, so the switch acts on nothing; name others, or take it out");
            }

            if (one.Do.CoalesceTtl is not null && !Touches(policy, one, coalescing, static route => route.Coalesce is not null))
            {
                findings.Add(PolicyRules.NoEffect, at + "/do/coalesceTtl", "none of the routes it acts on has \"coalesce\", so nothing is kept longer");
            }

            if (one.Do.ScaleRateLimits is not null && !Touches(policy, one, limited, static route => route.RateLimits.Count > 0))
            {
                findings.Add(PolicyRules.NoEffect, at + "/do/scaleRateLimits", "none of the routes it acts on has \"rateLimits\", so nothing is scaled");
            }

            if (one.Do.Timeout is not null && !Touches(policy, one, asking, static route => route.Answer is null))
            {
                findings.Add(PolicyRules.NoEffect, at + "/do/timeout", "none of the routes it acts on asks a backend, so nothing is waited for");
            }

            if (one.Do.UseBackend is { } backend && policy.Backends.ContainsKey(backend) && !policy.Routes.Any(route => SwitchPlan.Touches(one, route.Key, route.Value.Chain) && Asks(route.Value) is { } asked && asked != backend))
            {
                findings.Add(PolicyRules.NoEffect, at + "/do/useBackend", $"the routes it acts on ask no backend other than {Words.Quote(backend)}; name another one");
            }

            if (one.Do.ShedBelow == Criticality.Sheddable)
            {
                findings.Add(PolicyRules.NoEffect, at + "/do/shedBelow", "nothing ranks below \"sheddable\", so nothing is refused; name a higher rank");
            }
        }
    }

    private static void Where(GatewayPolicy policy, SwitchPolicy one, string at, Findings findings)
    {
        if (!findings.IsWritten(at + "/routes") && !findings.IsWritten(at + "/chains"))
        {
            findings.Add(PolicyRules.SwitchNowhere, at, "acts nowhere; write \"routes\": [ … ] or \"chains\": [ … ] (\"*\" is all chains)");
        }

        IReadOnlyList<string> routes = one.Routes ?? [];
        for (int i = 0; i < routes.Count; i++)
        {
            findings.Refer(PolicyRules.NoRoute, JsonPointer.To(at + "/routes", PolicyNode.IndexKey(i)), "route", routes[i], Names.Of(policy.Routes));
        }

        IReadOnlyList<string> chains = one.Chains ?? [];
        for (int i = 0; i < chains.Count; i++)
        {
            if (chains[i] != "*")
            {
                findings.Refer(PolicyRules.NoChain, JsonPointer.To(at + "/chains", PolicyNode.IndexKey(i)), "chain", chains[i], Names.Of(policy.Chains));
            }
        }
    }

    private static void Action(GatewayPolicy policy, SwitchActionPolicy action, string at, Findings findings)
    {
        if (!findings.IsWritten(at))
        {
            return;
        }

        string[] written = [.. _actions.Where(one => findings.IsWritten($"{at}/{one}"))];
        if (written.Length != 1)
        {
            findings.Add(PolicyRules.OneAction, at, written.Length == 0
                ? $"does nothing; write one of {string.Join(", ", _actions)}"
                : $"does {string.Join(" and ", written)}; one switch does one thing, make a plan of two");
        }

        if (action.Fallback is { } fallback)
        {
            findings.Refer(PolicyRules.NoFallback, at + "/fallback", "fallback", fallback, Names.Of(policy.Fallbacks));
        }

        if (action.UseBackend is { } backend)
        {
            findings.Refer(PolicyRules.NoBackend, at + "/useBackend", "backend", backend, Names.Of(policy.Backends));
        }
    }

    private static string? Asks(RoutePolicy route) => route.Answer is null ? route.Backend ?? route.Chain : null;

    private static HashSet<string> ChainsOf(GatewayPolicy policy, Func<RoutePolicy, bool> which) =>
        policy.Routes.Values.Where(which).Select(static route => route.Chain).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether it acts on a route of which something is true; <paramref name="chains"/> are the chains that have one.</summary>
    private static bool Touches(GatewayPolicy policy, SwitchPolicy one, HashSet<string> chains, Func<RoutePolicy, bool> which) =>
        one.Chains?.Any(chain => chain == "*" ? chains.Count > 0 : chains.Contains(chain)) == true
        || one.Routes?.Any(name => policy.Routes.GetValueOrDefault(name) is { } route && which(route)) == true;
}
