namespace SandGlass.Request;

/// <summary>How a request's client was derived from its TCP peer and what that said.</summary>
/// <param name="End">Where the search for the client ended.</param>
/// <param name="Header">The header that named hops, as the policy spells it; null where none was read.</param>
public readonly record struct Derivation(DerivationEnd End, string? Header);

/// <summary>Where the search for the client ended.</summary>
public enum DerivationEnd
{
    /// <summary>At the TCP peer: it is no trusted proxy, so it is the client.</summary>
    Stranger,

    /// <summary>At the TCP peer: it is a trusted proxy's address, but the edge proof does not hold, so it is the client.</summary>
    Unproven,

    /// <summary>At the TCP peer: a trusted proxy that names no client, so it is the client.</summary>
    Unnamed,

    /// <summary>At the first address from the right that is no trusted proxy's: the client.</summary>
    Untrusted,

    /// <summary>At the left end: all hops are trusted, and the leftmost counts.</summary>
    AllTrusted,

    /// <summary>At an entry that is no address: the hop to the right of it counts, or the peer.</summary>
    NoAddress,

    /// <summary>At the most entries that are read: the last one read counts.</summary>
    TooManyHops,
}

/// <summary>The words of <see cref="DerivationEnd"/> in the access log.</summary>
public static class DerivationEnds
{
    private static readonly string[] Words = ["stranger", "unproven", "unnamed", "untrusted", "all-trusted", "no-address", "too-many-hops"];

    /// <summary>The word that users meet.</summary>
    public static string Word(this DerivationEnd end) => Words[(int)end];
}
