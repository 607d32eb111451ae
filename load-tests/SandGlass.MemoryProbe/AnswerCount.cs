namespace SandGlass.MemoryProbe;

/// <summary>Counts status lines in a stream of answers, wherever the reads cut it. The bodies don't contain one.</summary>
internal struct AnswerCount
{
    private static ReadOnlySpan<byte> Line => "HTTP/1.1 "u8;

    private int _matched;

    public long All { get; private set; }

    public long Fine { get; private set; }

    public long Refused { get; private set; }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (_matched == Line.Length)
            {
                // The status' first digit: the two that are expected differ in it.
                All++;
                Fine += b == '2' ? 1 : 0;
                Refused += b == '4' ? 1 : 0;
                _matched = 0;
            }
            else
            {
                _matched = b == Line[_matched] ? _matched + 1 : b == Line[0] ? 1 : 0;
            }
        }
    }
}
