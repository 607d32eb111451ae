using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace SandGlass.Request;

/// <summary>
/// A client's IP address as a number: IPv4 (also when mapped into IPv6) in the low 32 bits, IPv6 whole. Zone ids are dropped.
/// </summary>
/// <param name="Bits">The address.</param>
/// <param name="IsV6">Whether it is a real IPv6 address.</param>
/// <param name="Text">How it was written, or how <see cref="IPAddress"/> writes it; goes to backends.</param>
public readonly record struct ClientAddress(UInt128 Bits, bool IsV6, string? Text)
{
    // 64:ff9b::/96 (RFC 6052 §2.1): an IPv4 client behind each address, so that no prefix of it is one client.
    private static readonly UInt128 Nat64 = (UInt128)0x0064_FF9B << 64;

    private static readonly SearchValues<char> OfV6 = SearchValues.Create("0123456789abcdefABCDEF:.");

    private static readonly SearchValues<char> OfHiddenPort =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-");

    /// <summary>Reads an address of the framework's. Allocates nothing for IPv4.</summary>
    public static ClientAddress From(IPAddress? address)
    {
        if (address is null)
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        if (written == 4)
        {
            return new(BinaryPrimitives.ReadUInt32BigEndian(bytes), false, address.ToString());
        }

        var bits = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return address.IsIPv4MappedToIPv6
            ? new((uint)bits, false, address.MapToIPv4().ToString())
            : new(bits, true, (address.ScopeId == 0 ? address : new IPAddress(bytes)).ToString());
    }

    /// <summary>
    /// Reads one entry of a forwarding header: <c>192.0.2.1</c>, <c>192.0.2.1:80</c>, <c>2001:db8::1</c>, <c>[2001:db8::1]:443</c>.
    /// False for all else (<c>unknown</c>, <c>_hidden</c>, ports over 65535, zones, prefixes, IPv4 in brackets or not in four plain decimal
    /// parts, garbage). A port may be hidden, as RFC 7239 §6.3 has it: <c>192.0.2.1:_p</c>.
    /// </summary>
    /// <param name="text">The entry.</param>
    /// <param name="client">The address.</param>
    /// <param name="whole">The string that the entry is part of, so that none is made where the entry is all of it.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out ClientAddress client, string? whole = null)
    {
        client = default;
        text = text.Trim(" \t");
        if (text.Length is 0 or > 64)
        {
            return false;
        }

        var bracketed = text[0] == '[';
        if (bracketed)
        {
            var close = text.IndexOf(']');
            if (close < 0 || !PortIsFine(text[(close + 1)..]))
            {
                return false;
            }

            text = text[1..close];
        }
        else if (text.IndexOf(':') is var colon and >= 0 && text.LastIndexOf(':') == colon)
        {
            if (!PortIsFine(text[colon..]))
            {
                return false;
            }

            text = text[..colon];
        }

        if (!bracketed && TryDottedQuad(text, out var v4))
        {
            client = new(v4, false, whole is not null && whole.Length == text.Length ? whole : text.ToString());
            return true;
        }

        // IPAddress also takes "1", "0x7f.1", octal parts, zones and prefixes; a forwarding header has no business with those.
        if (text.ContainsAnyExcept(OfV6) || !IPAddress.TryParse(text, out var address) || address.AddressFamily == AddressFamily.InterNetwork)
        {
            return false;
        }

        client = From(address);
        return true;
    }

    /// <summary>All bits mixed into 64: for spreading, not for telling apart.</summary>
    public ulong Mixed => ((ulong)Bits ^ (ulong)(Bits >> 64)) * 0x9E3779B97F4A7C15;

    /// <summary>What counts as one client: an IPv4 address, or an IPv6 prefix of <paramref name="prefixV6"/> bits.</summary>
    public UInt128 Key(int prefixV6)
    {
        if (!IsV6)
        {
            return Bits;
        }

        return prefixV6 >= 128 || Bits >> 32 == Nat64 ? Bits : prefixV6 <= 0 ? 0 : Bits & (UInt128.MaxValue << (128 - prefixV6));
    }

    private static bool PortIsFine(ReadOnlySpan<char> colonAndPort) =>
        colonAndPort.IsEmpty
        || (colonAndPort.Length > 1 && colonAndPort[0] == ':'
            && (colonAndPort[1] == '_'
                ? colonAndPort.Length > 2 && !colonAndPort[2..].ContainsAnyExcept(OfHiddenPort)
                : colonAndPort.Length <= 6 && !colonAndPort[1..].ContainsAnyExceptInRange('0', '9') && int.Parse(colonAndPort[1..]) <= 65535));

    // Four decimal parts of 0 to 255, none with a leading zero.
    private static bool TryDottedQuad(ReadOnlySpan<char> text, out uint bits)
    {
        bits = 0;
        int parts = 0, digits = 0, part = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '.')
            {
                if (digits == 0 || parts == 4)
                {
                    return false;
                }

                bits = (bits << 8) | (uint)part;
                (parts, digits, part) = (parts + 1, 0, 0);
            }
            else if (!char.IsAsciiDigit(text[i]) || (digits > 0 && part == 0) || (part = (part * 10) + text[i] - '0') > 255)
            {
                return false;
            }
            else
            {
                digits++;
            }
        }

        return parts == 4;
    }
}
