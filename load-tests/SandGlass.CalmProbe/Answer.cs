using System.Buffers.Text;

namespace SandGlass.CalmProbe;

/// <summary>Tells where an answer of HTTP/1.1 with a length ends.</summary>
internal static class Answer
{
    /// <summary>The answer's whole length; 0 while the head is not there yet.</summary>
    /// <exception cref="InvalidDataException">It is not a 200 with a length.</exception>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return 0;
        }

        var name = bytes[..head].IndexOf("\r\nContent-Length: "u8);
        if (!bytes.StartsWith("HTTP/1.1 200"u8) || name < 0 || !Utf8Parser.TryParse(bytes[(name + 18)..], out int body, out _))
        {
            throw new InvalidDataException("an answer was not a 200 with a length");
        }

        return head + 4 + body;
    }
}
