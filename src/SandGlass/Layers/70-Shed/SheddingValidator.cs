using SandGlass.Policy;

namespace SandGlass.Layers.Shed;

/// <summary>Shedding: headers that can be sent.</summary>
internal static class SheddingValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        Header(policy.Shedding.CriticalityHeader, "/shedding/criticalityHeader", "X-Criticality", findings);
        Header(policy.Shedding.RetryHeader, "/shedding/retryHeader", "X-Retry-Attempt", findings);
    }

    private static void Header(string? name, string at, string like, Findings findings)
    {
        if (name is { Length: > 0 } && !HttpToken.Is(name))
        {
            findings.Add(PolicyRules.BadHeader, at, $"{Words.Quote(name)} is no header name; write one like \"{like}\"");
        }
    }
}
