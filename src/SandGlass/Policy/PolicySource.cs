namespace SandGlass.Policy;

/// <summary>The bytes of a file (without a byte order mark) and where its lines begin.</summary>
internal sealed class PolicySource
{
    private readonly ReadOnlyMemory<byte> _utf8;
    private readonly List<int> _lines = [0];

    public PolicySource(ReadOnlyMemory<byte> utf8)
    {
        _utf8 = utf8;
        ReadOnlySpan<byte> bytes = utf8.Span;
        for (int at = 0, found; (found = bytes[at..].IndexOf((byte)'\n')) >= 0;)
        {
            at += found + 1;
            _lines.Add(at);
        }
    }

    /// <summary>The bytes after a byte order mark, if there is one.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> utf8) =>
        utf8.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? utf8[3..] : utf8;

    /// <summary>Where a line, counted from 0, begins and ends, without its line break.</summary>
    public (int Start, int End) Line(int line)
    {
        if (line < 0 || line >= _lines.Count)
        {
            return (_utf8.Length, _utf8.Length);
        }

        int end = line + 1 < _lines.Count ? _lines[line + 1] - 1 : _utf8.Length;
        return (_lines[line], end > _lines[line] && _utf8.Span[end - 1] == (byte)'\r' ? end - 1 : end);
    }

    /// <summary>So many characters after an offset, at most the end of its line.</summary>
    public int Forward(int offset, int characters)
    {
        ReadOnlySpan<byte> bytes = _utf8.Span;
        while (offset < bytes.Length && bytes[offset] is not ((byte)'\n' or (byte)'\r') && characters > 0)
        {
            offset++;
            while (offset < bytes.Length && (bytes[offset] & 0xC0) == 0x80)
            {
                offset++;
            }

            characters--;
        }

        return offset;
    }

    /// <summary>The offset of a line and a byte in it, both counted from 0.</summary>
    public int Offset(int line, int byteInLine) =>
        Math.Min(_utf8.Length, _lines[Math.Clamp(line, 0, _lines.Count - 1)] + Math.Max(0, byteInLine));

    /// <summary>Line and column of offsets in rising order, from 1; columns count characters. One pass, whatever the line lengths.</summary>
    public IEnumerable<(int Line, int Column)> Locate(IEnumerable<int> risingOffsets)
    {
        int line = 0;
        int at = 0;
        int column = 1;
        foreach (int offset in risingOffsets.Select(offset => Math.Min(offset, _utf8.Length)))
        {
            while (line + 1 < _lines.Count && _lines[line + 1] <= offset)
            {
                line++;
                (at, column) = (_lines[line], 1);
            }

            column += Characters(_utf8.Span[at..offset]);
            at = offset;
            yield return (line + 1, column);
        }
    }

    private static int Characters(ReadOnlySpan<byte> utf8)
    {
        int count = 0;
        foreach (byte unit in utf8)
        {
            count += (unit & 0xC0) == 0x80 ? 0 : 1;
        }

        return count;
    }
}
