using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>How the client of a request was found, in one line: the TCP peer, what it said, and why that was believed or not.</summary>
internal static class ClientStory
{
    public static string Of(HttpContext http, TrustPlan plan, IHeaderDictionary headers, bool proofHolds)
    {
        var peer = ClientAddress.From(http.Connection.RemoteIpAddress);
        if (!plan.TrustedProxies.Contains(peer))
        {
            return "the TCP peer is no trusted proxy, so it is the client";
        }

        if (!proofHolds)
        {
            return $"the TCP peer is a trusted proxy, but {plan.Proof!.Header} does not prove that the request came through it, so it is the client";
        }

        foreach (var name in plan.ClientIpHeaders)
        {
            if (headers.TryGetValue(name, out var values) && values.Count > 0)
            {
                ClientDerivation.Derive(name, values, peer, plan.TrustedProxies, out var end);
                return $"a trusted proxy speaks, and {name} names the client: {Why(end)}";
            }
        }

        return $"a trusted proxy speaks, but names no client in {string.Join(" or ", plan.ClientIpHeaders)}, so it is the client";
    }

    private static string Why(DerivationEnd end) => end switch
    {
        DerivationEnd.Untrusted => "the first untrusted address from the right",
        DerivationEnd.AllTrusted => "all its hops are trusted, so the leftmost",
        DerivationEnd.TooManyHops => $"only the last {ClientDerivation.MostHops} entries are read, and the last one read counts",
        _ => "an entry is no address, so the hop to the right of it, or the TCP peer where there is none",
    };
}
