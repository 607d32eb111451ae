using System.Collections.Frozen;
using SandGlass.Layers.Trust;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the section <c>edge</c> into what tells who a client is.</summary>
/// <param name="compilation">What there is to compile.</param>
/// <param name="place">Where the lists and the secrets are.</param>
internal sealed class TrustCompiler(Compilation compilation, PolicyPlace place)
{
    /// <summary>The plan that every request meets first.</summary>
    /// <exception cref="IOException">A list went away since the policy was checked.</exception>
    public TrustPlan Compile()
    {
        var (edge, layer) = (compilation.Policy.Edge, compilation.Pipeline.Trust);
        var lists = edge.TrustedProxies.Select(entry => (Entry: entry, List: TrustedNetworks.Read(entry, place))).ToArray();

        // Trust is never left out: with the layer off or in shadow, requests that it would refuse pass, but clients are still derived.
        var mode = compilation.Policy.Layers.ModeOf(LayerName.Trust) == Mode.Enforce ? Mode.Enforce : Mode.Shadow;
        return new(layer, mode, compilation.Shadow(layer, "edge"))
        {
            EnforceShare = compilation.Share(100, LayerName.Trust),
            TrustedProxies = new(lists.SelectMany(static l => l.List.Networks)),
            ListFiles = [.. lists.Where(static l => l.List.Updated is not null).Select(static l => (l.Entry[5..], l.List.Updated!.Value)).Distinct()],
            ClientIpHeaders = [.. edge.ClientIpHeaders],
            ClientPrefixV6 = edge.ClientPrefixV6,
            RefusesDirectAccess = edge.DirectAccess == DirectAccess.Refuse,
            Proof = edge.Proof is { } proof ? new(proof.Header, new(proof.Secret.Select(place.Secret))) : null,
            MostBody = edge.Limits.Body.Bytes,
            Hosts = edge.Hosts.Where(static h => !h.StartsWith('*')).ToFrozenSet(StringComparer.OrdinalIgnoreCase),
            HostSuffixes = [.. edge.Hosts.Where(static h => h.StartsWith('*')).Select(static h => h[1..])],
            UnknownHostStatus = edge.UnknownHost,
            CriticalityHeader = compilation.Policy.Shedding.CriticalityHeader,
            Spoofed = compilation.State.Spoofed,
        };
    }
}
