using SandGlass.Request;

namespace SandGlass.Layers.Trust;

/// <summary>A set of address ranges: sorted, merged, found by binary search. IPv4 and IPv6 apart. Immutable.</summary>
public sealed class CidrSet
{
    private readonly (UInt128 From, UInt128 To)[] _v4;
    private readonly (UInt128 From, UInt128 To)[] _v6;

    /// <summary>Builds the set from networks.</summary>
    public CidrSet(IEnumerable<System.Net.IPNetwork> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        var v4 = new List<(UInt128, UInt128)>();
        var v6 = new List<(UInt128, UInt128)>();
        foreach (var network in networks)
        {
            var address = ClientAddress.From(network.BaseAddress);
            var prefix = network.PrefixLength;
            if (!address.IsV6 && network.BaseAddress.IsIPv4MappedToIPv6)
            {
                prefix = Math.Max(0, prefix - 96);
            }

            var host = address.IsV6
                ? (prefix == 0 ? UInt128.MaxValue : prefix == 128 ? 0 : UInt128.MaxValue >> prefix)
                : prefix == 0 ? uint.MaxValue : (UInt128)(uint.MaxValue >> prefix) * (prefix == 32 ? 0u : 1u);
            (address.IsV6 ? v6 : v4).Add((address.Bits & ~host, address.Bits | host));
        }

        _v4 = Merge(v4);
        _v6 = Merge(v6);
    }

    /// <summary>Whether the address lies in one of the ranges.</summary>
    public bool Contains(in ClientAddress address)
    {
        var ranges = address.IsV6 ? _v6 : _v4;
        int low = 0, high = ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (address.Bits < ranges[middle].From)
            {
                high = middle - 1;
            }
            else if (address.Bits > ranges[middle].To)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private static (UInt128 From, UInt128 To)[] Merge(List<(UInt128 From, UInt128 To)> ranges)
    {
        ranges.Sort(static (a, b) => a.From.CompareTo(b.From));
        var merged = new List<(UInt128 From, UInt128 To)>(ranges.Count);
        foreach (var range in ranges)
        {
            if (merged.Count > 0 && range.From <= merged[^1].To)
            {
                merged[^1] = (merged[^1].From, UInt128.Max(merged[^1].To, range.To));
            }
            else
            {
                merged.Add(range);
            }
        }

        return [.. merged];
    }
}
