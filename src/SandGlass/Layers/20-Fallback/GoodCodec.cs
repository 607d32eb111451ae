using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace SandGlass.Layers.Fallback;

/// <summary>
/// How the answers of keys are written for others: another gateway, or the next process. Ages instead of moments, since the two have no clock in
/// common; the whole begins with the moment it was written, Unix milliseconds, which whoever carries it may set anew by a clock of its own.
/// </summary>
public static class GoodCodec
{
    /// <summary>A clock that is set back by more than this makes ages unknown.</summary>
    private const long MostAhead = 5_000;

    private const int MostAnswers = 1 << 20;

    // In the place where the first form had a count.
    private const int Form = -2;

    /// <summary>Writes keys with their answers.</summary>
    /// <param name="entries">What is to be written.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="time">The clock.</param>
    public static byte[] Write(IReadOnlyCollection<KeyValuePair<UInt128, GoodAnswer[]>> entries, long now, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(time);
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        Span<byte> at = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(at, time.GetUtcNow().ToUnixTimeMilliseconds());
        writer.Write(at);
        writer.Write(Form);
        writer.Write(entries.Sum(static e => e.Value.Length));
        foreach (var (key, answers) in entries)
        {
            // The oldest first, so that reading them in order leaves the newest in front.
            foreach (var answer in answers.Reverse())
            {
                writer.Write((ulong)(key >> 64));
                writer.Write((ulong)key);
                Write(writer, answer, (long)(answer.Age(now) * 1000.0 / time.TimestampFrequency));
            }
        }

        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads them.</summary>
    /// <param name="bytes">What was written.</param>
    /// <param name="route">What is known of a route; null: it has no last good answers any more.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="FormatException">It is not what was written.</exception>
    public static IReadOnlyList<KeyValuePair<UInt128, GoodAnswer>> Read(ReadOnlyMemory<byte> bytes, Func<string, LastGoodState?> route, long now, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(time);
        var read = new List<KeyValuePair<UInt128, GoodAnswer>>();
        try
        {
            var passed = time.GetUtcNow().ToUnixTimeMilliseconds() - BinaryPrimitives.ReadInt64BigEndian(bytes.Span);
            using var reader = new BinaryReader(new MemoryStream(bytes[8..].ToArray()), Encoding.UTF8);
            if (reader.ReadInt32() != Form)
            {
                throw new FormatException("another version of SandGlass has written it");
            }

            var count = reader.ReadInt32();
            if (count is < 0 or > MostAnswers)
            {
                throw new FormatException("it says how many there are, and that cannot be");
            }

            for (var i = 0; i < count; i++)
            {
                var key = new UInt128(reader.ReadUInt64(), reader.ReadUInt64());
                var known = route(reader.ReadString());
                var answer = Read(reader, known ?? new(string.Empty), Math.Max(0, passed), now, time.TimestampFrequency);
                if (known is not null && passed >= -MostAhead)
                {
                    read.Add(new(key, answer));
                }
            }

            return reader.BaseStream.Position == reader.BaseStream.Length ? read : throw new FormatException("there is more in it than it says");
        }
        catch (Exception fault) when (fault is EndOfStreamException or IOException or ArgumentException or OverflowException)
        {
            throw new FormatException("it ends in the middle", fault);
        }
    }

    private static void Write(BinaryWriter writer, GoodAnswer answer, long ageMs)
    {
        writer.Write(answer.Route.Route);
        writer.Write(ageMs);
        writer.Write(answer.Status);
        writer.Write(answer.Values);
        writer.Write(answer.Coding ?? string.Empty);
        writer.Write(answer.Tag ?? string.Empty);
        writer.Write(answer.Names.Length);
        foreach (var name in answer.Names)
        {
            writer.Write(name);
        }

        writer.Write(answer.LeansOn.Length);
        foreach (var word in answer.LeansOn)
        {
            writer.Write(word);
        }

        writer.Write(answer.Headers.Length);
        foreach (var (name, lines) in answer.Headers)
        {
            writer.Write(name);
            writer.Write(lines.Count);
            foreach (var line in lines)
            {
                writer.Write(line ?? string.Empty);
            }
        }

        writer.Write(answer.Body.Length);
        writer.Write(answer.Body);
    }

    private static GoodAnswer Read(BinaryReader reader, LastGoodState route, long passed, long now, long ticksPerSecond)
    {
        var age = reader.ReadInt64() + passed;
        var (status, values, coding, tag) = (reader.ReadInt32(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        var (names, leans) = (Words(reader), Words(reader));

        var headers = new KeyValuePair<string, StringValues>[Count(reader, 1000)];
        for (var i = 0; i < headers.Length; i++)
        {
            var name = reader.ReadString();
            var lines = new string[Count(reader, 1000)];
            for (var line = 0; line < lines.Length; line++)
            {
                lines[line] = reader.ReadString();
            }

            headers[i] = new(name, lines.Length == 1 ? lines[0] : lines);
        }

        var length = Count(reader, 64 << 20);
        var body = reader.ReadBytes(length);
        return new()
        {
            Status = status,
            Headers = headers,
            Body = body.Length == length ? body : throw new EndOfStreamException(),
            Names = names,
            Values = values,
            Coding = coding.Length == 0 ? null : coding,
            Tag = tag.Length == 0 ? null : tag,
            LeansOn = leans,
            At = now - (long)(age / 1000.0 * ticksPerSecond),
            Route = route,
        };
    }

    private static string[] Words(BinaryReader reader)
    {
        var words = new string[Count(reader, 1000)];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = reader.ReadString();
        }

        return words;
    }

    private static int Count(BinaryReader reader, int most) => reader.ReadInt32() is >= 0 and var count && count <= most ? count : throw new FormatException("a number in it cannot be");
}
