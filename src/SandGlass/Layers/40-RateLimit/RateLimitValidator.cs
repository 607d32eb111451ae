using SandGlass.Policy;

namespace SandGlass.Layers.RateLimit;

/// <summary>Rate limits: keys that can be taken, bursts that hold a request.</summary>
internal static class RateLimitValidator
{
    /// <summary>The bits of one word: which of them a request has paid.</summary>
    private const int MostOnRoute = 64;

    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, RateLimitPolicy limit) in policy.RateLimits)
        {
            string at = JsonPointer.Of("rateLimits", name);
            if (limit.Rate is null && limit.Algorithm != RateAlgorithm.Concurrency && !findings.IsWritten(at + "/rate"))
            {
                findings.Add(PolicyRules.Missing, at, "\"rate\" is needed: write one like \"50/s\"");
            }

            if (limit is { Scope: RateScope.Fleet, Algorithm: not RateAlgorithm.TokenBucket })
            {
                findings.Add(PolicyRules.NotActedOn, at + "/scope",
                    $"a fleet counts together by token-bucket alone; with {PolicyShape.Word(limit.Algorithm)} each gateway counts for itself");
            }

            KeyPart.Check(limit.Key, at + "/key", wholePath: false, findings);
            WithoutEffect(limit, at, findings);
            if (limit.Algorithm is RateAlgorithm.SlidingWindow or RateAlgorithm.FixedWindow && limit.Rate is { } rate && rate.Count < limit.Cost)
            {
                findings.Add(PolicyRules.WrongOrder, at + "/rate", $"the rate {rate} is below cost {limit.Cost} in each window, so no request would ever be admitted; raise it");
            }

            if (limit.Burst is { } burst && burst < limit.Cost)
            {
                findings.Add(PolicyRules.WrongOrder, at + "/burst", $"burst {burst} is below cost {limit.Cost}, so no request would ever be admitted; raise it");
            }
            else if (limit.Burst is null && limit.Algorithm is RateAlgorithm.TokenBucket or RateAlgorithm.Concurrency && Room(limit) is { } room && room < limit.Cost)
            {
                findings.Add(PolicyRules.WrongOrder, at + "/cost", $"cost {limit.Cost} is above the burst, which is {room} where none is written, so no request would ever be admitted; write \"burst\": {limit.Cost} or more");
            }
        }

        foreach ((string name, RoutePolicy route) in policy.Routes)
        {
            if (route.RateLimits.Count > MostOnRoute)
            {
                findings.Add(PolicyRules.OutOfRange, JsonPointer.Of("routes", name, "rateLimits"), $"{route.RateLimits.Count} limits on one route; at most {MostOnRoute}");
            }

            foreach (string used in route.RateLimits)
            {
                if (route.Cost > 1 && policy.RateLimits.TryGetValue(used, out RateLimitPolicy? limit) && Room(limit) is { } room && room < (long)route.Cost * limit.Cost)
                {
                    findings.Add(PolicyRules.WrongOrder, JsonPointer.Of("routes", name, "cost"),
                        $"a request costs {(long)route.Cost * limit.Cost}, above the {room} that {Words.Quote(used)} admits at once, so none would ever be admitted; lower it, or raise that limit's burst");
                }
            }
        }
    }

    // What a rested key may take at once; null: as much as it likes (later ones wait for it), or the limit is not whole.
    private static long? Room(RateLimitPolicy limit) =>
        limit.Algorithm is RateAlgorithm.WarmUp or RateAlgorithm.Paced || (limit.Rate is null && limit.Algorithm != RateAlgorithm.Concurrency) ? null : RateLimitCompiler.Most(limit);

    // What is written and belongs to another way of counting.
    private static void WithoutEffect(RateLimitPolicy limit, string at, Findings findings)
    {
        Tell("burst", limit.Algorithm is RateAlgorithm.SlidingWindow or RateAlgorithm.FixedWindow or RateAlgorithm.Paced);
        Tell("rate", limit.Algorithm == RateAlgorithm.Concurrency);
        Tell("warmUp", limit.Algorithm != RateAlgorithm.WarmUp);
        Tell("maxWait", limit.Algorithm != RateAlgorithm.Paced);

        void Tell(string key, bool idle)
        {
            if (idle && findings.IsWritten($"{at}/{key}"))
            {
                findings.Add(PolicyRules.NoEffect, $"{at}/{key}", $"{key} means nothing to the algorithm {PolicyShape.Word(limit.Algorithm)}; take it out, or choose another algorithm");
            }
        }
    }
}
