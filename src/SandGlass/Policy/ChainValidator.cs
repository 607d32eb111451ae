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

        Room(policy, findings);
    }

    /// <summary>
    /// Of a backend that several chains ask, each may have all but what the others keep for themselves (their share without what they lend).
    /// Answers that ask no backend need no room.
    /// </summary>
    private static void Room(GatewayPolicy policy, Findings findings)
    {
        var asking = policy.Routes.Where(route => route.Value.Answer is null && policy.Chains.ContainsKey(route.Value.Chain))
            .ToLookup(route => route.Value.Backend ?? route.Value.Chain, route => (route.Value.Chain, Route: route.Key));
        foreach ((string backend, BackendPolicy written) in policy.Backends)
        {
            var chains = asking[backend].ToLookup(use => use.Chain, use => use.Route);
            double whole = Math.Max(1, chains.Sum(chain => policy.Chains[chain.Key].Share));
            double kept = chains.Sum(chain => Kept(policy.Chains[chain.Key]));
            foreach (var chain in chains)
            {
                double room = (1 - ((kept - Kept(policy.Chains[chain.Key])) / whole)) * written.Concurrency.Max;
                // Rounding leaves crumbs where all is kept.
                if (room < 1 - 1e-9)
                {
                    findings.Add(PolicyRules.NoCapacity, JsonPointer.Of("chains", chain.Key, "share"),
                        FormattableString.Invariant($"the other chains that ask the backend {Words.Quote(backend)} keep all of it but {Math.Max(0, room):0.###} of {written.Concurrency.Max:N0} requests at once, so while they are idle nothing of {Words.List([.. chain])} is let through; give the chain {Words.Quote(chain.Key)} a share, or let another one lend"));
                }
            }
        }
    }

    private static double Kept(ChainPolicy chain) => chain.Share * (1 - chain.Lend);
}
