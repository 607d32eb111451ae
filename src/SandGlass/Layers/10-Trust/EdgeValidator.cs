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
            NetworkList list = TrustedNetworks.Read(edge.TrustedProxies[i], place);
            foreach (string wrong in list.Problems)
            {
                findings.Add(edge.TrustedProxies[i].StartsWith("file:", StringComparison.Ordinal) && list.Networks.Count == 0 ? PolicyRules.NoFile : PolicyRules.BadRange, at, wrong);
            }

            Age(edge.TrustedProxies[i], list, place, at, findings);
            if (list.Networks.Any(network => network.PrefixLength == 0))
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

            for (int i = 0; i < proof.Secret.Count; i++)
            {
                string at = proof.Secret.Count == 1 ? "/edge/proof/secret" : JsonPointer.Of("edge", "proof", "secret", PolicyNode.IndexKey(i));
                SecretValidator.Reference(proof.Secret[i], place, at, findings);
            }
        }
    }

    private static void Age(string entry, NetworkList list, PolicyPlace place, string at, Findings findings)
    {
        if (list.Updated is not { } updated || list.Problems.Count > 0)
        {
            return;
        }

        int days = DateOnly.FromDateTime(place.Time.GetUtcNow().UtcDateTime).DayNumber - updated.DayNumber;
        string name = Words.Quote(entry[5..]);
        // A day ahead is tomorrow on the other side of the world.
        if (days < -1 && list.SaysSo)
        {
            findings.Add(PolicyRules.StaleList, at, $"{name} says it was updated on {updated:yyyy-MM-dd}, which is {-days} days ahead, so its age is never told; correct that line");
        }
        else if (days > ListAges.MostDays)
        {
            findings.Add(PolicyRules.StaleList, at, list.SaysSo
                ? $"{name} was updated on {updated:yyyy-MM-dd}, {days} days ago; compare it with what the CDN publishes, and write the day into its line \"# updated:\""
                : $"{name} was written on {updated:yyyy-MM-dd}, {days} days ago; compare it with what the CDN publishes, and add a line \"# updated: YYYY-MM-DD\"");
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
