using System.Text;
using SandGlass.LoadTests.Commands;

namespace SandGlass.LoadTests.Replay;

/// <summary>
/// Where a log comes from: a file, or stdin for "-"; unpacked where it is gzipped, as rotated logs are. It is read once, so that pipes will do, and hashed on the
/// way: unpacked, so that a log has the same stand-ins for its clients whether it is packed or not.
/// </summary>
internal sealed class LogSource : IDisposable
{
    // Enough for each of the marks below.
    private const int Mark = 6;

    private static readonly (byte[] Mark, string Kind, string Unpack)[] Packed =
    [
        ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "zstd -dc"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "xz", "xz -dc"),
        ("BZh"u8.ToArray(), "bzip2", "bzip2 -dc"),
        ("PK\u0003\u0004"u8.ToArray(), "zip", "unzip -p"),
    ];

    private readonly HashedStream _bytes;

    private LogSource(string name, Stream bytes)
    {
        Name = name;
        _bytes = new(bytes);
        Text = new StreamReader(_bytes, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 64 << 10);
    }

    /// <summary>As messages name it.</summary>
    public string Name { get; }

    public TextReader Text { get; }

    /// <param name="path">A file, or "-" for stdin.</param>
    public static LogSource Open(string path)
    {
        if (path == "-")
        {
            return Of("stdin", Console.OpenStandardInput());
        }

        if (Directory.Exists(path))
        {
            throw new UsageException($"{path} is a folder; name a log in it");
        }

        try
        {
            return Of(path, File.OpenRead(path));
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"there is no {path}");
        }
        catch (UnauthorizedAccessException)
        {
            throw new UsageException($"{path} may not be read by this user");
        }
    }

    /// <summary>Of what is already open.</summary>
    public static LogSource Of(string name, Stream bytes)
    {
        var begin = new byte[Mark];
        var seen = bytes.ReadAtLeast(begin, Mark, throwOnEndOfStream: false);
        var all = new PrefixedStream(begin.AsMemory(0, seen), bytes);
        if (begin.AsSpan(0, seen).StartsWith<byte>([0x1F, 0x8B]))
        {
            return new(name, new GzipStream(all));
        }

        var (_, kind, unpack) = Packed.FirstOrDefault(p => begin.AsSpan(0, seen).StartsWith(p.Mark));
        if (kind is null)
        {
            return new(name, all);
        }

        all.Dispose();
        throw new UsageException($"{name} is packed with {kind}, which is not read here (gzip is); unpack it on the way: {unpack} {name} | sandglass-load replay - …");
    }

    /// <summary>SHA-256 of all that has been read.</summary>
    public byte[] Key() => _bytes.Hash();

    public void Dispose()
    {
        Text.Dispose();
        _bytes.Dispose();
    }
}
