using System.Buffers.Binary;

namespace SandGlass.Algorithms.Keys;

/// <summary>
/// SipHash-1-3, 64 bits: a keyed hash, so that clients who choose the input cannot choose collisions.
/// One compression and three finishing rounds are what Rust and Python use for the same purpose; 2-4 is for authentication.
/// </summary>
public static class SipHash
{
    /// <summary>The hash of <paramref name="data"/> under <paramref name="key"/>. Pure; allocates nothing.</summary>
    public static ulong Hash(SipKey key, ReadOnlySpan<byte> data) => Hash(key, data, 1, 3);

    /// <summary>SipHash-c-d: the rounds are open so that the machinery can be held to the published 2-4 vectors.</summary>
    internal static ulong Hash(SipKey key, ReadOnlySpan<byte> data, int c, int d)
    {
        var state = new SipState(key);
        ulong last = (ulong)data.Length << 56;
        while (data.Length >= 8)
        {
            state.Compress(BinaryPrimitives.ReadUInt64LittleEndian(data), c);
            data = data[8..];
        }

        for (int i = 0; i < data.Length; i++)
        {
            last |= (ulong)data[i] << (8 * i);
        }

        state.Compress(last, c);
        return state.Finish(d);
    }
}
