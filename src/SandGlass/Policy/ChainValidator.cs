namespace SandGlass.Policy;

/// <summary>Chains: the shares of those in use fit into one whole.</summary>
internal static class ChainValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        var used = policy.Routes.Values.Select(route => route.Chain).ToHashSet(StringComparer.Ordinal);
        double sum = policy.Chains.Where(chain => used.Contains(chain.Key)).Sum(chain => chain.Value.Share);
        if (sum > 1.0001)
        {
            findings.Add(PolicyRules.SharesOverOne, "/chains",
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the shares of the chains in use sum to {sum:0.##}, more than 1; lower one of them"));
        }
    }
}
