using System.Text;

namespace SandGlass.Hosting;

/// <summary>
/// Three headers whose text Kestrel forgets once it has read them, seen before that. Kestrel asks for the encoding of each header's value;
/// an encoding of ours sees the bytes and makes what is wrong unreadable, so that Kestrel refuses it (400) and it is counted like all of its
/// refusals. Costs one comparison of lengths a header, and no second parser that could disagree with the first.
/// </summary>
internal static class StrictHeaders
{
    private static readonly LengthText Length = new();
    private static readonly ConnectionText Connection = new();
    private static readonly NoText None = new();

    /// <summary>The encoding of a header's value; null for Kestrel's own.</summary>
    public static Encoding? Of(string name) => name.Length switch
    {
        10 when name.Equals("Connection", StringComparison.OrdinalIgnoreCase) => Connection,
        14 when name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) => Length,
        // The name that Kestrel gives to a length beside chunks; sent by a client, it makes Kestrel throw.
        16 when name.Equals("X-Content-Length", StringComparison.OrdinalIgnoreCase) => None,
        _ => null,
    };

    // RFC 9110 §8.6: digits only. Kestrel's parser would take a sign.
    private sealed class LengthText : OneWay
    {
        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
            GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

        public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
        {
            if (bytes.Length > chars.Length || bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            {
                chars[0] = 'x';
                return 1;
            }

            return Latin1.GetChars(bytes, chars);
        }
    }

    // Kestrel replaces a whole line by "close", "keep-alive" or "upgrade" where it finds just one of these words in it, and forgets what else
    // the line nominates. Two words, or none, keep the line. Close wins over keep-alive, and HTTP/1.1 keeps alive without being asked.
    private sealed class ConnectionText : OneWay
    {
        private static readonly string[] Usual = ["keep-alive", "close", "upgrade"];

        public override int GetCharCount(byte[] bytes, int index, int count) =>
            IsUsual(bytes.AsSpan(index, count)) ? count : Rewritten(bytes.AsSpan(index, count)).Length;

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
        {
            var value = bytes.AsSpan(byteIndex, byteCount);
            if (IsUsual(value))
            {
                return Latin1.GetChars(value, chars.AsSpan(charIndex));
            }

            var text = Rewritten(value);
            text.CopyTo(chars.AsSpan(charIndex));
            return text.Length;
        }

        private static bool IsUsual(ReadOnlySpan<byte> value)
        {
            foreach (var usual in Usual)
            {
                if (Ascii.EqualsIgnoreCase(value, usual))
                {
                    return true;
                }
            }

            return false;
        }

        private static string Rewritten(ReadOnlySpan<byte> value)
        {
            if (value.Contains((byte)0))
            {
                throw new DecoderFallbackException();
            }

            var words = Latin1.GetString(value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var own = words.Where(static w => Usual.Contains(w, StringComparer.OrdinalIgnoreCase)).ToArray();
            var others = words.Except(own).ToArray();
            return others.Length == 0 ? string.Join(", ", words)
                : own.All(static w => w.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)) ? string.Join(", ", others)
                : string.Join(", ", [.. own, .. others, "keep-alive"]);
        }
    }

    private sealed class NoText : OneWay
    {
        public override int GetCharCount(byte[] bytes, int index, int count) => throw new DecoderFallbackException();
    }

    private abstract class OneWay : Encoding
    {
        public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        public override int GetCharCount(byte[] bytes, int index, int count) => Latin1.GetCharCount(bytes, index, count);

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
            Latin1.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

        public override int GetMaxByteCount(int charCount) => charCount;

        public override int GetMaxCharCount(int byteCount) => byteCount;
    }
}
