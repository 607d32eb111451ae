namespace SandGlass.Policy;

/// <summary>The fleet: its connection holds no password in clear.</summary>
internal static class FleetValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        if (policy.Fleet?.Redis is not { Length: > 0 } redis)
        {
            return;
        }

        if (SecretReference.TryParse(redis, out SecretReference reference))
        {
            SecretValidator.Found(reference, place, "/fleet/redis", findings);
        }
        else if (redis.Contains("password", StringComparison.OrdinalIgnoreCase) || redis.Contains('@') || redis.StartsWith("env:", StringComparison.Ordinal))
        {
            findings.Add(PolicyRules.SecretInClear, "/fleet/redis", $"a connection with a password is written {SecretReference.HowToWrite}");
        }
    }
}
