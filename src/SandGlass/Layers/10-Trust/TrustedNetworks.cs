using System.Net;
using SandGlass.Policy;

namespace SandGlass.Layers.Trust;

/// <summary>Reads entries of `edge.trustedProxies`: a range, one address, or a file of them. Shared by validator and compiler.</summary>
internal static class TrustedNetworks
{
    private const int MostLines = 100_000;

    /// <summary>The ranges of one entry, and what is wrong with it.</summary>
    /// <param name="entry">"10.0.0.0/8", "::1" or "file:PATH".</param>
    /// <param name="baseDirectory">Where relative paths begin.</param>
    /// <param name="networks">What could be read.</param>
    public static IReadOnlyList<string> Read(string entry, string baseDirectory, out IReadOnlyList<IPNetwork> networks)
    {
        var read = new List<IPNetwork>();
        networks = read;
        if (entry.StartsWith("file:", StringComparison.Ordinal))
        {
            return ReadFile(entry[5..], baseDirectory, read);
        }

        if (TryParse(entry, out IPNetwork network))
        {
            read.Add(network);
            return [];
        }

        return entry.Length == 0 ? [] : [Wrong(entry)];
    }

    private static List<string> ReadFile(string path, string baseDirectory, List<IPNetwork> read)
    {
        var wrong = new List<string>();
        try
        {
            int number = 0;
            foreach (string line in File.ReadLines(Path.GetFullPath(path, Path.GetFullPath(baseDirectory))).Take(MostLines))
            {
                number++;
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
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return [$"the file {Words.Quote(path)} cannot be read; relative paths begin in the policy's folder"];
        }

        if (read.Count == 0 && wrong.Count == 0)
        {
            wrong.Add($"the file {Words.Quote(path)} lists no range; write one a line");
        }

        return wrong;
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
