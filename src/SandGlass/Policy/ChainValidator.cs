using System.Globalization;

namespace SandGlass.Policy;

/// <summary>Chains: the shares of those in use fit into one whole, and each of them has some room to live in.</summary>
internal static class ChainValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        var used = policy.Routes.Values.Select(route => route.Chain).ToHashSet(StringComparer.Ordinal);
        double sum = policy.Chains.Where(chain => used.Contains(chain.Key)).Sum(chain => chain.Value.Share);
        if (sum > 1.0001)
        {
            findings.Add(PolicyRules.SharesOverOne, "/chains",
                string.Create(CultureInfo.InvariantCulture, $"the shares of the chains in use sum to {sum:0.##}, more than 1; lower one of them"));
        }

        Room(policy, Math.Max(1, sum), findings);
    }

    /// <summary>
    /// A chain lives on its share, and on the part of the others' shares that they lend while idle. A chain without a route is always idle,
    /// so it counts among the lenders. Answers that ask no backend need no room.
    /// </summary>
    private static void Room(GatewayPolicy policy, double whole, Findings findings)
    {
        var asking = policy.Routes.Where(route => route.Value.Answer is null).ToLookup(route => route.Value.Chain, route => route.Key);
        double lent = policy.Chains.Values.Sum(chain => chain.Share * chain.Lend);
        double most = policy.Backends.Values.Sum(backend => (double)backend.Concurrency.Max);
        foreach ((string name, ChainPolicy chain) in policy.Chains)
        {
            double borrowed = lent - (chain.Share * chain.Lend);
            // Rounding leaves crumbs where nothing is lent.
            double room = (chain.Share + (borrowed < 1e-9 ? 0 : borrowed)) / whole * most;
            if (room >= 1 || !asking.Contains(name))
            {
                continue;
            }

            string routes = Words.List([.. asking[name]]);
            string what = room <= 0
                ? $"the chain {Words.Quote(name)} has no share and no other chain lends any"
                : FormattableString.Invariant($"all backends together bear {most:N0} requests at once at most, and less than one of them ({room:0.###}) is the chain {Words.Quote(name)}'s");
            findings.Add(PolicyRules.NoCapacity, JsonPointer.Of("chains", name, "share"),
                $"{what}, so nothing of {routes} is ever let through; give it a larger share, or let another chain lend");
        }
    }
}
