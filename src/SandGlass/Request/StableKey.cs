using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Request;

/// <summary>
/// The key of a request as 128 bits of SHA-256 over the text of its parts: the same after a restart and on every gateway of a fleet, with
/// no secret that would have to be kept or shared, and nobody can make two keys meet. About half a microsecond; the keys of the
/// process's own tables are hashed with a secret and cost a tenth of it.
/// </summary>
public static class StableKey
{
    /// <summary>The key: route, scheme and host, then what the plan names.</summary>
    public static UInt128 Of(Passage passage, KeyPlan plan)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var text = new Text(stackalloc char[256]);
        try
        {
            text.Add(passage.Route.Name);
            text.Add(passage.Http.Request.Scheme);
            text.Add(passage.Http.Request.Host.Value);
            // Another policy may count by another part that has the same value.
            text.Add(plan.ToString());
            plan.AddTo(ref text, passage);
            return text.Hash();
        }
        finally
        {
            text.Dispose();
        }
    }

    // Each part with its length before it, so that no two sequences of parts are the same text.
    private ref struct Text(Span<char> first) : IKeyParts
    {
        private Span<char> _text = first;
        private char[]? _rented;
        private int _length;

        public void Add(ReadOnlySpan<char> part)
        {
            Add((ulong)part.Length);
            part.CopyTo(Room(part.Length));
            _length += part.Length;
        }

        public void Add(ulong part)
        {
            part.TryFormat(Room(21), out var written, provider: CultureInfo.InvariantCulture);
            _length += written;
            _text[_length++] = ':';
        }

        public void Add(byte part) => Add((ulong)part);

        public readonly UInt128 Hash()
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(MemoryMarshal.AsBytes(_text[.._length]), hash);
            return BinaryPrimitives.ReadUInt128BigEndian(hash);
        }

        public readonly void Dispose()
        {
            if (_rented is not null)
            {
                ArrayPool<char>.Shared.Return(_rented);
            }
        }

        private Span<char> Room(int length)
        {
            if (_text.Length - _length < length)
            {
                var larger = ArrayPool<char>.Shared.Rent(Math.Max(_text.Length * 2, _length + length));
                _text[.._length].CopyTo(larger);
                Dispose();
                _text = _rented = larger;
            }

            return _text[_length..];
        }
    }
}
