using SandGlass.Policy;

namespace SandGlass.Layers.Trust;

/// <summary>The edge: ranges that can be read, headers that can be sent, secrets that are not written.</summary>
internal static class EdgeValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        EdgePolicy edge = policy.Edge;
        for (int i = 0; i < edge.TrustedProxies.Count; i++)
        {
            string at = JsonPointer.Of("edge", "trustedProxies", PolicyNode.IndexKey(i));
            IReadOnlyList<string> problems = TrustedNetworks.Read(edge.TrustedProxies[i], place.BaseDirectory, out var networks);
            foreach (string wrong in problems)
            {
                findings.Add(edge.TrustedProxies[i].StartsWith("file:", StringComparison.Ordinal) && networks.Count == 0 ? PolicyRules.NoFile : PolicyRules.BadRange, at, wrong);
            }

            if (networks.Any(network => network.PrefixLength == 0))
            {
                findings.Add(PolicyRules.TrustsAll, at, "a prefix of 0 trusts everybody: any client may name its own address; list the ranges of the CDN");
            }
        }

        Header(edge.ClientIpHeaders, findings);
        HostPattern.Check(edge.Hosts, "/edge/hosts", findings);
        if (edge.Proof is { } proof)
        {
            if (!HttpToken.Is(proof.Header))
            {
                findings.Add(PolicyRules.BadHeader, "/edge/proof/header", $"{Words.Quote(proof.Header)} is no header name; write one like \"X-Edge-Proof\"");
            }

            SecretValidator.Reference(proof.Secret, place, "/edge/proof/secret", findings);
        }
    }

    private static void Header(IReadOnlyList<string> names, Findings findings)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length > 0 && !HttpToken.Is(names[i]))
            {
                findings.Add(PolicyRules.BadHeader, JsonPointer.Of("edge", "clientIpHeaders", PolicyNode.IndexKey(i)),
                    $"{Words.Quote(names[i])} is no header name; write one like \"X-Forwarded-For\"");
            }
        }
    }
}
