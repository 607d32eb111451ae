using System.Text;

namespace SandGlass.Tests.Policy.Torture;

/// <summary>Damages a sound file in the ways of disks, editors, templates, merges and attackers; from bytes up to values that only mean nonsense.</summary>
internal sealed class Mutator(byte[] sound)
{
    private static readonly string[] _nonsense =
    [
        "null", "true", "false", "0", "1", "-1", "1.5", "\"\"", "\"x\"", "\"0\"", "\"1s\"", "\"5/s\"", "\"1MB\"", "[]", "{}", "[[]]", "{\"a\":1}", "[null]", "[\"client\"]",
        "\"*\"", "\"/\"", "\"/x/{id}\"", "\"http://127.0.0.1:1\"", "\"10.0.0.0/8\"", "\"busy\"", "\"off\"", "\"shadow\"", "\"\\u0000\"", "\"\\ud800\"", "\"😀\"",
    ];

    private static readonly string[] _numbers =
    [
        "0", "-0", "1", "-1", "0.1", "0.5", "0.999999999999999999", "1.0", "1.0000000001", "2", "99", "100", "255", "256", "599", "600", "999", "1000", "1001", "65535", "65536",
        "10000000", "10000001", "16000000", "16000001", "2147483647", "2147483648", "-2147483648", "4294967296", "9007199254740993", "9223372036854775807",
        "18446744073709551616", "1e1", "1e9", "1e308", "1e309", "1e-308", "1e-400", "-1e309", "5e-324", "1E+2",
    ];

    private static readonly string[] _units = ["ms", "s", "m", "h", "d", "/s", "/m", "/h", "KB", "MB", "GB", "%", "", " ", "S", "µs"];

    private readonly Tokens _tokens = new(sound);

    /// <summary>One damaged file; the same dice, the same damage.</summary>
    public byte[] Mutate(Random dice)
    {
        byte[] damaged = Once(dice);
        // Now and then a second, blind one upon it.
        return dice.Next(8) == 0 && damaged.Length > 0 ? Flip(damaged, dice) : damaged;
    }

    private byte[] Once(Random dice) => dice.Next(20) switch
    {
        0 => Flip(sound, dice),
        1 => Replace(Span(dice, 1, 4), Noise(dice, 4)),
        2 => Replace(Span(dice, 1, 200), []),
        3 => Replace(Span(dice, 0, 0), Noise(dice, 16)),
        4 => Again(Span(dice, 1, 400)),
        5 => Moved(Span(dice, 1, 200), dice),
        6 => sound[..dice.Next(sound.Length)],
        7 => sound[dice.Next(sound.Length)..],
        8 => LineEnds(dice),
        9 => Replace(Any(_tokens.All, dice), []),
        10 => Again(Any(_tokens.All, dice)),
        11 => Swapped(Any(_tokens.All, dice), Any(_tokens.All, dice)),
        12 => Replace(Any(_tokens.All, dice), sound[Any(_tokens.All, dice)]),
        13 => Swapped(Any(_tokens.Values, dice), Any(_tokens.Values, dice)),
        14 => Replace(Any(_tokens.Values, dice), Encoding.UTF8.GetBytes(_nonsense[dice.Next(_nonsense.Length)])),
        15 => Replace(Any(_tokens.Numbers, dice), Encoding.UTF8.GetBytes(_numbers[dice.Next(_numbers.Length)])),
        16 => Replace(Any(_tokens.Values, dice), Encoding.UTF8.GetBytes($"\"{_numbers[dice.Next(_numbers.Length)]}{_units[dice.Next(_units.Length)]}\"")),
        17 => Misspelt(Any(_tokens.Words, dice), dice),
        18 => Replace(Any(_tokens.Values, dice), sound[Any(_tokens.Values, dice)]),
        _ => Replace(Any(_tokens.Members, dice), [.. sound[Any(_tokens.Members, dice)], (byte)',', .. sound[Any(_tokens.Members, dice)]]),
    };

    private static Range Any(IReadOnlyList<Range> ranges, Random dice) => ranges[dice.Next(ranges.Count)];

    private Range Span(Random dice, int least, int most)
    {
        int from = dice.Next(sound.Length);
        return from..Math.Min(sound.Length, from + dice.Next(least, most + 1));
    }

    private static byte[] Noise(Random dice, int most)
    {
        byte[] noise = new byte[dice.Next(1, most + 1)];
        dice.NextBytes(noise);
        if (dice.Next(2) == 0)
        {
            ReadOnlySpan<byte> telling = "{}[]:,\"\\/*-+.eE0123456789truefalsn \n\r\t\0"u8;
            for (int i = 0; i < noise.Length; i++)
            {
                noise[i] = telling[noise[i] % telling.Length];
            }
        }

        return noise;
    }

    private static byte[] Flip(byte[] bytes, Random dice)
    {
        byte[] flipped = [.. bytes];
        for (int flips = dice.Next(1, 5); flips > 0; flips--)
        {
            int at = dice.Next(flipped.Length);
            flipped[at] = dice.Next(2) == 0 ? (byte)dice.Next(256) : (byte)(flipped[at] ^ (1 << dice.Next(8)));
        }

        return flipped;
    }

    private byte[] Replace(Range span, ReadOnlySpan<byte> with) => [.. sound[..span.Start.Value], .. with, .. sound[span.End.Value..]];

    private byte[] Again(Range span) => [.. sound[..span.End.Value], .. sound[span], .. sound[span.End.Value..]];

    private byte[] Moved(Range span, Random dice)
    {
        byte[] without = Replace(span, []);
        int to = dice.Next(without.Length + 1);
        return [.. without[..to], .. sound[span], .. without[to..]];
    }

    // Two spans that lie apart change places; where one lies in the other, it takes the other's place.
    private byte[] Swapped(Range one, Range other)
    {
        (Range first, Range second) = one.Start.Value <= other.Start.Value ? (one, other) : (other, one);
        return first.End.Value > second.Start.Value
            ? Replace(first, sound[second])
            : [.. sound[..first.Start.Value], .. sound[second], .. sound[first.End.Value..second.Start.Value], .. sound[first], .. sound[second.End.Value..]];
    }

    private byte[] Misspelt(Range word, Random dice)
    {
        byte[] letters = sound[(word.Start.Value + 1)..(word.End.Value - 1)];
        int at = dice.Next(letters.Length);
        byte[] other = dice.Next(5) switch
        {
            0 => [.. letters[..at], .. letters[(at + 1)..]],
            1 => [.. letters[..at], letters[at], .. letters[at..]],
            2 => [.. letters[..at], (byte)dice.Next('a', 'z' + 1), .. letters[(at + 1)..]],
            3 => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(letters).ToUpperInvariant()),
            _ => [.. letters[at..], .. letters[..at]],
        };
        return Replace((word.Start.Value + 1)..(word.End.Value - 1), other);
    }

    private byte[] LineEnds(Random dice)
    {
        string[] ends = ["\r\n", "\r", "\n\n", "\r\r\n", "", " ", "\u2028", "\u0085", "\f", "\\n", "\0"];
        string end = ends[dice.Next(ends.Length)];
        int kept = dice.Next(3) == 0 ? 1 : dice.Next(2, 200); // all of them, or a few
        int i = 0;
        var changed = new StringBuilder();
        foreach (char c in Encoding.UTF8.GetString(sound))
        {
            changed.Append(c == '\n' && i++ % kept == 0 ? end : c.ToString());
        }

        return Encoding.UTF8.GetBytes(changed.ToString());
    }
}
