namespace SandGlass.Policy;

/// <summary>
/// Takes the comments out and leaves blanks of the same length, so that every offset stays what it was. The framework's reader could skip
/// them itself, but not between a key and its colon, not with U+2028 inside, and its count of lines goes wrong after one that ends in CR.
/// </summary>
internal static class PolicyComments
{
    /// <summary>The text with blanks for comments; the very same memory where there are none.</summary>
    /// <param name="utf8">The file.</param>
    /// <param name="unclosed">Where a comment begins that never ends; it is left as it is. −1: none.</param>
    public static ReadOnlyMemory<byte> Blank(ReadOnlyMemory<byte> utf8, out int unclosed)
    {
        unclosed = -1;
        ReadOnlySpan<byte> text = utf8.Span;
        byte[]? blanked = null;
        for (int at = Next(text, 0); at >= 0; at = Next(text, at))
        {
            if (text[at] == '"')
            {
                at = AfterString(text, at + 1);
                continue;
            }

            int end = End(text, at);
            if (end < 0)
            {
                unclosed = at;
                break;
            }

            if (end > at)
            {
                blanked ??= text.ToArray();
                Blank(blanked.AsSpan(at..end));
            }

            at = Math.Max(end, at + 1);
        }

        return blanked ?? utf8;
    }

    private static int Next(ReadOnlySpan<byte> text, int from)
    {
        int found = from >= text.Length ? -1 : text[from..].IndexOfAny((byte)'"', (byte)'/');
        return found < 0 ? -1 : from + found;
    }

    // Past the closing quote, or the end of a text that is cut off.
    private static int AfterString(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length)
        {
            int found = text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
            {
                return text.Length;
            }

            at += found + 1;
            if (text[at - 1] == '"')
            {
                return at;
            }

            at++; // what is escaped
        }

        return text.Length;
    }

    // Behind the comment that begins at this slash; the slash itself where none does; -1 where it does not end.
    private static int End(ReadOnlySpan<byte> text, int at)
    {
        if (text[at..].StartsWith("//"u8))
        {
            int line = text[at..].IndexOfAny((byte)'\n', (byte)'\r');
            return line < 0 ? text.Length : at + line;
        }

        if (text[at..].StartsWith("/*"u8))
        {
            int length = text[(at + 2)..].IndexOf("*/"u8);
            return length < 0 ? -1 : at + length + 4;
        }

        return at;
    }

    // Line ends stay: the lines are still counted.
    private static void Blank(Span<byte> comment)
    {
        foreach (ref byte one in comment)
        {
            one = one is (byte)'\n' or (byte)'\r' ? one : (byte)' ';
        }
    }
}
