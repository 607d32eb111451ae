namespace SandGlass.Policy;

/// <summary>All validators: the one list of who checks what.</summary>
internal static class PolicyValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
    }
}
