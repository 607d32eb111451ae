using System.Runtime.InteropServices;

namespace SandGlass.Algorithms.Keys;

/// <summary>
/// Hashes a compound key (host, route, user …) part by part, without making a string of it and without allocating.
/// Each part is written as a word that holds its kind and length, then its content in 8 byte words, the last padded with zeros:
/// no two sequences of parts are the same words, so ("ab","c") and ("a","bc") differ. The words go through SipHash-1-3.
/// A mutable struct: keep it in a local, pass it by reference. The value is for this process only (byte order of the machine).
/// </summary>
public struct KeyHasher(SipKey key) : IKeyParts
{
    private const ulong Text = 1, Number = 2, Octet = 3, End = 4;

    private SipState _state = new(key);
    private ulong _parts;

    /// <summary>Adds text, as UTF-16. Case and normal form are the caller's affair.</summary>
    public void Add(ReadOnlySpan<char> part)
    {
        Head(((ulong)part.Length << 8) | Text);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(part);
        while (bytes.Length >= 8)
        {
            _state.Compress(MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[8..];
        }

        if (bytes.Length > 0)
        {
            Span<byte> padded = stackalloc byte[8];
            padded.Clear();
            bytes.CopyTo(padded);
            _state.Compress(MemoryMarshal.Read<ulong>(padded));
        }
    }

    /// <summary>Adds a number.</summary>
    public void Add(ulong part)
    {
        Head(Number);
        _state.Compress(part);
    }

    /// <summary>Adds a small number in a single word.</summary>
    public void Add(byte part) => Head(((ulong)part << 8) | Octet);

    /// <summary>64 bits: for tables that bear a stray collision. Changes nothing: more parts may follow.</summary>
    public readonly ulong Finish()
    {
        SipState copy = _state;
        copy.Compress((_parts << 8) | End);
        return copy.Finish();
    }

    /// <summary>128 bits: for a cache's key, where a collision would hand one user's page to another.</summary>
    public readonly UInt128 Finish128()
    {
        SipState copy = _state;
        copy.Compress((_parts << 8) | End);
        return copy.Finish128();
    }

    private void Head(ulong word)
    {
        _parts++;
        _state.Compress(word);
    }
}
