namespace SandGlass.Policy;

/// <summary>The access log: its secret is pointed to, and has something to hash.</summary>
internal static class AccessLogValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        if (policy.AccessLog?.HashSecret is { } secret)
        {
            SecretValidator.Reference(secret, place, "/accessLog/hashSecret", findings);
        }
    }
}
