namespace SandGlass.Policy;

/// <summary>The token of explained requests: pointed to, not written.</summary>
internal static class ExplainValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        if (policy.Explain is { } explain)
        {
            SecretValidator.Reference(explain.Token, place, "/explain/token", findings);
        }
    }
}
