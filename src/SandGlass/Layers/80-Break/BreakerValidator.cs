using SandGlass.Policy;

namespace SandGlass.Layers.Break;

/// <summary>Breakers: a ratio of slow requests needs to know what slow is.</summary>
internal static class BreakerValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        Slow(policy.Breakers.Default, "/breakers/default", findings);
        foreach ((string name, RoutePolicy route) in policy.Routes)
        {
            if (route.Breaker is { } breaker)
            {
                Slow(breaker, JsonPointer.Of("routes", name, "breaker"), findings);
            }
        }
    }

    private static void Slow(BreakerPolicy breaker, string at, Findings findings)
    {
        if (breaker.Slow is null && findings.IsWritten(at + "/slowRatio") && !findings.IsWritten(at + "/slow"))
        {
            findings.Add(PolicyRules.NoEffect, at + "/slowRatio", "\"slowRatio\" counts nothing without \"slow\"; write what slow is, like \"1500ms\"");
        }
    }
}
