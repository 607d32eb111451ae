using System.Collections.Frozen;
using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary><c>sandglass_spoofed_headers_total{header}</c>: forwarding headers that strangers sent and that went no further.</summary>
public sealed class SpoofedHeaders
{
    private readonly FrozenDictionary<string, StripedCounter> _counts =
        ForwardingHeaders.Labels.ToFrozenDictionary(static l => l, static _ => new StripedCounter(), StringComparer.Ordinal);

    /// <summary>Counts one header; <paramref name="label"/> is one of <see cref="ForwardingHeaders.Labels"/>.</summary>
    public void Count(string label) => _counts[label].Add();

    /// <summary>All labels and how often each was dropped.</summary>
    public IEnumerable<(string Header, long Total)> Totals => _counts.Select(static c => (c.Key, c.Value.Sum()));
}
