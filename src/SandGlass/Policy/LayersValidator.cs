namespace SandGlass.Policy;

/// <summary>Layers as a whole: any may be off, but one of them is the ground of all others.</summary>
internal static class LayersValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        if (policy.Layers.ModeOf(LayerName.Trust) != Mode.Enforce)
        {
            findings.Add(PolicyRules.TrustNotEnforced, "/layers/trust/mode",
                "without Trust, clients are who they say they are, and malformed requests go on; use \"enforce\" but for a test");
        }
        else if (policy.Layers.PercentOf(LayerName.Trust) < 100)
        {
            findings.Add(PolicyRules.TrustNotEnforced, "/layers/trust/enforcePercent",
                "malformed requests of the other clients go on; leave it at 100 but for a test");
        }
    }
}
