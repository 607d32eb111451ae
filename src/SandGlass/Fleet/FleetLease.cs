using SandGlass.Algorithms.Rates;

namespace SandGlass.Fleet;

/// <summary>One key of a fleet limit that this gateway leases.</summary>
/// <param name="bucket">What it has in hand.</param>
/// <param name="key">The key's hash.</param>
public sealed class FleetLease(LeaseBucket bucket, ulong key)
{
    /// <summary>What it has in hand.</summary>
    public LeaseBucket Bucket { get; } = bucket;

    /// <summary>The key's hash.</summary>
    public ulong Hash => key;

    /// <summary>The key's hash, as Redis' key ends.</summary>
    public string Key { get; } = key.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The TAT that Redis told last, in its microseconds. The loop's alone.</summary>
    public double KnownTat { get; set; }
}
