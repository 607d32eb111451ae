namespace SandGlass.Policy;

/// <summary>The promotion: its goals are of chains that exist.</summary>
internal static class EventValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach (string chain in policy.Event?.Goals.Keys ?? [])
        {
            findings.Refer(PolicyRules.NoChain, JsonPointer.Of("event", "goals", chain), "chain", chain, Names.Of(policy.Chains));
        }
    }
}
