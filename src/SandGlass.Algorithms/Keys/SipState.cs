using System.Numerics;
using System.Runtime.CompilerServices;

namespace SandGlass.Algorithms.Keys;

/// <summary>
/// The four words of SipHash and its round (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, §2).
/// A value type: whoever holds it owns it.
/// </summary>
internal struct SipState
{
    private ulong _v0, _v1, _v2, _v3;

    /// <summary>Initialisation, §2.1: the key xored with "somepseudorandomlygeneratedbytes".</summary>
    public SipState(SipKey key)
    {
        _v0 = key.K0 ^ 0x736f6d6570736575;
        _v1 = key.K1 ^ 0x646f72616e646f6d;
        _v2 = key.K0 ^ 0x6c7967656e657261;
        _v3 = key.K1 ^ 0x7465646279746573;
    }

    /// <summary>Takes in one word. <paramref name="rounds"/> is c of SipHash-c-d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Compress(ulong word, int rounds = 1)
    {
        _v3 ^= word;
        for (int i = 0; i < rounds; i++)
        {
            Round();
        }

        _v0 ^= word;
    }

    /// <summary>Finalisation to 64 bits, §2.4. <paramref name="rounds"/> is d of SipHash-c-d.</summary>
    public ulong Finish(int rounds = 3)
    {
        _v2 ^= 0xff;
        return Squeeze(rounds);
    }

    /// <summary>Two words from one state, told apart as the authors' 128 bit variant does it (0xee, then 0xdd).</summary>
    public UInt128 Finish128(int rounds = 3)
    {
        _v2 ^= 0xee;
        ulong low = Squeeze(rounds);
        _v1 ^= 0xdd;
        return new UInt128(Squeeze(rounds), low);
    }

    private ulong Squeeze(int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            Round();
        }

        return _v0 ^ _v1 ^ _v2 ^ _v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Round()
    {
        _v0 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
        _v0 = BitOperations.RotateLeft(_v0, 32);
        _v2 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
        _v0 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
        _v2 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
        _v2 = BitOperations.RotateLeft(_v2, 32);
    }
}
