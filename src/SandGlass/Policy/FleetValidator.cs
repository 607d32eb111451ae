using SandGlass.Fleet;

namespace SandGlass.Policy;

/// <summary>The fleet: its connection holds no password in clear, and is one that the client can use.</summary>
internal static class FleetValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        if (policy.Fleet?.Redis is not { Length: > 0 } redis)
        {
            return;
        }

        string? connection = redis;
        if (SecretReference.TryParse(redis, out SecretReference reference))
        {
            SecretValidator.Found(reference, place, "/fleet/redis", findings);
            connection = place.Secret(reference);
        }
        else if (redis.Contains("password", StringComparison.OrdinalIgnoreCase) || redis.Contains('@') || redis.StartsWith("env:", StringComparison.Ordinal))
        {
            findings.Add(PolicyRules.SecretInClear, "/fleet/redis", $"a connection with a password is written {SecretReference.HowToWrite}");
            connection = null;
        }

        if (connection is not null && RedisAddress.TryParse(connection, out string wrong) is null)
        {
            // What it says is never repeated: it may be a secret.
            findings.Add(PolicyRules.BadRedis, "/fleet/redis", $"the connection {wrong}");
        }

        if (policy.Fleet.Name.Any(static c => char.IsWhiteSpace(c) || c is '{' or '}' || char.IsControl(c)))
        {
            findings.Add(PolicyRules.BadRedis, "/fleet/name", "a fleet's name is part of keys in Redis: no spaces and no braces");
        }
    }
}
