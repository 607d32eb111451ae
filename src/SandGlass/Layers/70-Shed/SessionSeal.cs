using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SandGlass.Layers.Shed;

/// <summary>
/// Makes and reads the text of a session's cookie: its end (seconds since the Unix epoch), eight random bytes, and 16 bytes of HMAC-SHA256
/// over both, as base64url. Nothing about the client is in it, and nobody without the secret can make one. A text that is copied works for
/// its copier too: it decides who goes first among equals, and lets nobody in who would not be asked otherwise.
/// </summary>
/// <param name="secret">The secret; at least as long as it takes not to be guessed.</param>
public sealed class SessionSeal(ReadOnlySpan<byte> secret)
{
    private const int Signed = 12, Whole = Signed + 16;

    private readonly byte[] _key = SHA256.HashData([.. "sandglass session "u8, .. secret]);

    /// <summary>A seal of a secret in words.</summary>
    public static SessionSeal Of(string secret) => new(Encoding.UTF8.GetBytes(secret));

    /// <summary>A text that is good until then.</summary>
    /// <param name="until">Seconds since the Unix epoch.</param>
    public string Make(long until)
    {
        Span<byte> bytes = stackalloc byte[Whole];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Math.Clamp(until, 0, uint.MaxValue));
        RandomNumberGenerator.Fill(bytes[4..Signed]);
        Sign(bytes[..Signed], bytes[Signed..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Until when a text is good; 0 where it never was or is no more. Takes about a microsecond, and allocates nothing.</summary>
    /// <param name="text">What a client shows.</param>
    /// <param name="now">Seconds since the Unix epoch.</param>
    public long Read(ReadOnlySpan<char> text, long now)
    {
        Span<byte> bytes = stackalloc byte[Whole];
        if (text.Length != Base64Url.GetEncodedLength(Whole)
            || Base64Url.DecodeFromChars(text, bytes, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != Whole)
        {
            return 0;
        }

        long until = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        Span<byte> expected = stackalloc byte[Whole - Signed];
        Sign(bytes[..Signed], expected);
        return until > now && CryptographicOperations.FixedTimeEquals(expected, bytes[Signed..]) ? until : 0;
    }

    private void Sign(ReadOnlySpan<byte> what, Span<byte> into)
    {
        Span<byte> all = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, what, all);
        all[..into.Length].CopyTo(into);
    }
}
