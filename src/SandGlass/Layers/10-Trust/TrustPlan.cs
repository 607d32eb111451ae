using System.Collections.Frozen;
using SandGlass.Algorithms.Counting;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>The edge section, compiled.</summary>
public sealed class TrustPlan(Layer layer, Mode mode, StripedCounter shadowed) : Rule(layer, "edge", mode, shadowed)
{
    /// <summary>Peers whose word about the client counts.</summary>
    public required CidrSet TrustedProxies { get; init; }

    /// <summary>The files among them, as the policy names them, and the day each was brought up to date.</summary>
    public IReadOnlyList<(string File, DateOnly Updated)> ListFiles { get; init; } = [];

    /// <summary>Headers to read the client from; the first one present wins.</summary>
    public required string[] ClientIpHeaders { get; init; }

    /// <summary>The header in which they say how critical a request is; null: none. From them it goes on, since a backend may read it too.</summary>
    public string? CriticalityHeader { get; init; }

    /// <summary>Whether a header goes no further: one that tells the client, the edge proof's, and a stranger's word on how critical it is.</summary>
    /// <param name="header">Underscores count as dashes, as for all that proxies say.</param>
    /// <param name="trusted">Whether a trusted proxy says it.</param>
    public bool Stops(string header, bool trusted)
    {
        foreach (var name in ClientIpHeaders)
        {
            if (ForwardingHeaders.IsSame(name, header))
            {
                return true;
            }
        }

        return (Proof is not null && ForwardingHeaders.IsSame(Proof.Header, header))
            || (!trusted && CriticalityHeader is not null && ForwardingHeaders.IsSame(CriticalityHeader, header));
    }

    /// <summary>Bits of an IPv6 address that make one client.</summary>
    public required int ClientPrefixV6 { get; init; }

    /// <summary>Whether strangers get 403.</summary>
    public bool RefusesDirectAccess { get; init; }

    /// <summary>The secret that proves a request came through the CDN; null: none asked.</summary>
    public EdgeProof? Proof { get; init; }

    /// <summary>Largest body, bytes.</summary>
    public required long MostBody { get; init; }

    /// <summary>Hosts that we answer for; empty: all.</summary>
    public FrozenSet<string> Hosts { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The same for all below a name: <c>.example.com</c>.</summary>
    public string[] HostSuffixes { get; init; } = [];

    /// <summary>Whether we answer for this host (no port).</summary>
    public bool Knows(ReadOnlySpan<char> host)
    {
        if ((Hosts.Count == 0 && HostSuffixes.Length == 0) || Hosts.GetAlternateLookup<ReadOnlySpan<char>>().Contains(host))
        {
            return true;
        }

        foreach (var suffix in HostSuffixes)
        {
            if (host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Status for other hosts: 404 or 421.</summary>
    public int UnknownHostStatus { get; init; } = 404;

    /// <summary>Counts dropped headers.</summary>
    public required SpoofedHeaders Spoofed { get; init; }

    /// <summary>Seconds since the oldest list of trusted ranges was last compared with what the CDN publishes, in whole days; NaN where there is none.</summary>
    public double OldestListSeconds(TimeProvider time) =>
        ListAges.Of(this, time).Select(static l => l.Days * 86_400.0).DefaultIfEmpty(double.NaN).Max();
}

/// <summary>The edge's proof.</summary>
/// <param name="Header">The header that carries it; never forwarded.</param>
/// <param name="Secrets">Each is taken.</param>
public sealed record EdgeProof(string Header, SecretSet Secrets);
