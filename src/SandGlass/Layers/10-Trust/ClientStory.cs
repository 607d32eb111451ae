using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>How the client of a request was found, in one line: what the TCP peer said, and why that was believed or not.</summary>
internal static class ClientStory
{
    public static string Of(in Derivation derivation, TrustPlan plan) => derivation.End switch
    {
        DerivationEnd.Stranger => "the TCP peer is no trusted proxy, so it is the client",
        DerivationEnd.Unproven => $"the TCP peer is a trusted proxy, but {plan.Proof?.Header} does not prove that the request came through it, so it is the client",
        DerivationEnd.Unnamed => $"a trusted proxy speaks, but names no client in {string.Join(" or ", plan.ClientIpHeaders)}, so it is the client",
        _ => $"a trusted proxy speaks, and {derivation.Header} names the client: {Why(derivation.End)}",
    };

    private static string Why(DerivationEnd end) => end switch
    {
        DerivationEnd.Untrusted => "the first untrusted address from the right",
        DerivationEnd.AllTrusted => "all its hops are trusted, so the leftmost",
        DerivationEnd.TooManyHops => $"only the last {ClientDerivation.MostHops} entries are read, and the last one read counts",
        _ => "an entry is no address, so the hop to the right of it, or the TCP peer where there is none",
    };
}
