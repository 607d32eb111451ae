using SandGlass.Policy;

namespace SandGlass.Layers.RateLimit;

/// <summary>Rate limits: keys that can be taken, bursts that hold a request.</summary>
internal static class RateLimitValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, RateLimitPolicy limit) in policy.RateLimits)
        {
            string at = JsonPointer.Of("rateLimits", name);
            if (limit.Rate is null && limit.Algorithm != RateAlgorithm.Concurrency && !findings.IsWritten(at + "/rate"))
            {
                findings.Add(PolicyRules.Missing, at, "\"rate\" is needed: write one like \"50/s\"");
            }

            KeyPart.Check(limit.Key, at + "/key", wholePath: false, findings);
            if (limit.Burst is { } burst && burst < limit.Cost)
            {
                findings.Add(PolicyRules.WrongOrder, at + "/burst", $"burst {burst} is below cost {limit.Cost}, so no request would ever be admitted; raise it");
            }
        }

        foreach ((string name, RoutePolicy route) in policy.Routes)
        {
            foreach (string used in route.RateLimits)
            {
                if (route.Cost > 1 && policy.RateLimits.TryGetValue(used, out RateLimitPolicy? limit) && limit.Burst < (long)route.Cost * limit.Cost)
                {
                    findings.Add(PolicyRules.WrongOrder, JsonPointer.Of("routes", name, "cost"),
                        $"a request costs {(long)route.Cost * limit.Cost}, above the burst {limit.Burst} of {Words.Quote(used)}, so none would ever be admitted; lower it");
                }
            }
        }
    }
}
