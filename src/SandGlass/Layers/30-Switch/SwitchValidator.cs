using SandGlass.Policy;

namespace SandGlass.Layers.Switch;

/// <summary>Switches: they act somewhere, do one thing, and what they name exists before the night they are thrown.</summary>
internal static class SwitchValidator
{
    private static readonly string[] _actions = [.. PolicyShape.Of(typeof(SwitchActionPolicy)).Keys.Keys];

    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        var coalescing = policy.Routes.Values.Where(route => route.Coalesce is not null).Select(route => route.Chain).ToHashSet(StringComparer.Ordinal);
        foreach ((string name, SwitchPolicy one) in policy.Switches)
        {
            string at = JsonPointer.Of("switches", name);
            Where(policy, one, at, findings);
            Action(policy, one.Do, at + "/do", findings);
            if (one.Do.CoalesceTtl is not null && !Coalesces(policy, one, coalescing))
            {
                findings.Add(PolicyRules.NoEffect, at + "/do/coalesceTtl", "none of the routes it acts on has \"coalesce\", so nothing is kept longer");
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

    private static bool Coalesces(GatewayPolicy policy, SwitchPolicy one, HashSet<string> coalescing) =>
        one.Chains?.Any(chain => chain == "*" ? coalescing.Count > 0 : coalescing.Contains(chain)) == true
        || one.Routes?.Any(name => policy.Routes.GetValueOrDefault(name)?.Coalesce is not null) == true;
}
