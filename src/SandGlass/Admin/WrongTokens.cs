using System.Net;
using System.Net.Sockets;

namespace SandGlass.Admin;

/// <summary>
/// Wrong tokens by the address that they came from: after <see cref="Most"/> within a minute, that address waits for the minute's end, also
/// with the right one, since else guessing would go on. Others do not wait for it: a stranger must not be able to lock ops out. An IPv6
/// network of 64 bits is one address. At most <see cref="MostAddresses"/> are remembered; then the one that began first is forgotten.
/// </summary>
internal sealed class WrongTokens(TimeProvider time)
{
    /// <summary>Wrong tokens that an address may send in a minute.</summary>
    public const int Most = 10;

    /// <summary>Addresses remembered.</summary>
    public const int MostAddresses = 4096;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _counting = new();
    private readonly Dictionary<UInt128, (long Began, int Count)> _counts = [];

    /// <summary>Counts one.</summary>
    public void Add(IPAddress? from)
    {
        var key = Key(from);
        lock (_counting)
        {
            if (_counts.TryGetValue(key, out var known) && time.GetElapsedTime(known.Began) < Window)
            {
                _counts[key] = (known.Began, known.Count + 1);
                return;
            }

            if (_counts.Count >= MostAddresses && !_counts.ContainsKey(key))
            {
                _counts.Remove(_counts.MinBy(static c => c.Value.Began).Key);
            }

            _counts[key] = (time.GetTimestamp(), 1);
        }
    }

    /// <summary>How long an address must wait before it may try again; zero: not at all.</summary>
    public TimeSpan Wait(IPAddress? from)
    {
        lock (_counting)
        {
            return _counts.TryGetValue(Key(from), out var known) && known.Count >= Most && time.GetElapsedTime(known.Began) is var passed && passed < Window
                ? Window - passed : TimeSpan.Zero;
        }
    }

    private static UInt128 Key(IPAddress? from)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (from is null || !from.MapToIPv6().TryWriteBytes(bytes, out _))
        {
            return 0;
        }

        if (from is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            bytes[8..].Clear();
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
