using System.Net;
using SandGlass.Policy;

namespace SandGlass.Layers.Trust;

/// <summary>Reads entries of `edge.trustedProxies`: a range, one address, or a file of them. Shared by validator and compiler.</summary>
internal static class TrustedNetworks
{
    private const int MostLines = 100_000;

    /// <summary>A range and a comment in each of so many lines; what is larger is no list.</summary>
    private const int MostBytes = 16 << 20;

    /// <summary>The ranges of one entry, what is wrong with it, and the day of a file.</summary>
    /// <param name="entry">"10.0.0.0/8", "::1" or "file:PATH".</param>
    /// <param name="place">Where relative paths begin, and what has been read already.</param>
    public static NetworkList Read(string entry, PolicyPlace place) => place.Once(entry, e => Read(e, place.BaseDirectory));

    /// <summary>The same, of a list by itself.</summary>
    public static NetworkList Read(string entry, string baseDirectory)
    {
        if (entry.StartsWith("file:", StringComparison.Ordinal))
        {
            return ReadFile(entry[5..], baseDirectory);
        }

        return TryParse(entry, out IPNetwork network) ? new([network], [], null, false)
            : new([], entry.Length == 0 ? [] : [Wrong(entry)], null, false);
    }

    private static NetworkList ReadFile(string path, string baseDirectory)
    {
        try
        {
            string full = Path.GetFullPath(path, Path.GetFullPath(baseDirectory));
            using var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // Devices tell no length, so it is found out by reading.
            byte[] bytes = GC.AllocateUninitializedArray<byte>(MostBytes + 1);
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count > MostBytes
                ? Unusable($"the file {Words.Quote(path)} is larger than {MostBytes >> 20} MB, which no list of ranges is; name the list itself")
                : ReadLines(path, new MemoryStream(bytes, 0, count), DateOnly.FromDateTime(File.GetLastWriteTimeUtc(full)));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Unusable($"the file {Words.Quote(path)} cannot be read; relative paths begin in the policy's folder");
        }
    }

    private static NetworkList Unusable(string why) => new([], [why], null, false);

    private static NetworkList ReadLines(string path, Stream file, DateOnly written)
    {
        var read = new List<IPNetwork>();
        var wrong = new List<string>();
        DateOnly? updated = null;
        using var lines = new StreamReader(file);
        for (int number = 1; lines.ReadLine() is { } line; number++)
        {
            if (number > MostLines)
            {
                wrong.Add($"the file {Words.Quote(path)} has more than {MostLines:N0} lines, and what follows is not read; merge its ranges");
                break;
            }

            // Of several days the newest counts.
            updated = NetworkList.DayOf(line) is { } day && !(day < updated) ? day : updated;
            string range = line.Split('#')[0].Trim();
            if (range.Length > 0 && TryParse(range, out IPNetwork network))
            {
                read.Add(network);
            }
            else if (range.Length > 0 && wrong.Count < 3)
            {
                wrong.Add($"{Words.Quote(path)} line {number}: {Wrong(range)}");
            }
        }

        if (read.Count == 0 && wrong.Count == 0)
        {
            wrong.Add($"the file {Words.Quote(path)} lists no range; write one a line");
        }

        return new(read, wrong, updated ?? written, updated is not null);
    }

    private static bool TryParse(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out IPAddress? address) && text.AsSpan().ContainsAny('.', ':') && !text.Contains('%'))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        // Since .NET 10 the framework drops bits beyond the prefix silently; whoever wrote them meant another range.
        return IPNetwork.TryParse(text, out network)
            && !text.Contains('%')
            && IPAddress.TryParse(text[..text.IndexOf('/', StringComparison.Ordinal)], out address)
            && address.Equals(network.BaseAddress);
    }

    private static string Wrong(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && IPAddress.TryParse(text[..slash], out IPAddress? address)
            && int.TryParse(text[(slash + 1)..], out int prefix)
            && prefix >= 0 && prefix <= address.GetAddressBytes().Length * 8
            && !text.Contains('%')
            ? $"{Words.Quote(text)} has bits beyond its prefix; write \"{Masked(address, prefix)}/{prefix}\""
            : $"{Words.Quote(text)} is no address range; write \"10.0.0.0/8\", one address, or \"file:PATH\"";
    }

    private static IPAddress Masked(IPAddress address, int prefix)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = prefix; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPAddress(bytes);
    }
}
