namespace SandGlass.Algorithms.Keys;

/// <summary>The 128 bit secret of a keyed hash. Drawn once a process, so that no client can aim at a slot or shard.</summary>
public readonly struct SipKey(ulong k0, ulong k1)
{
    /// <summary>First eight bytes, little-endian.</summary>
    public ulong K0 { get; } = k0;

    /// <summary>Last eight bytes, little-endian.</summary>
    public ulong K1 { get; } = k1;
}
