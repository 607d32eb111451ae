using System.Net;
using System.Text.RegularExpressions;
using IPNetwork = System.Net.IPNetwork;

namespace SandGlass.Tests.Layers.Trust;

/// <summary>The rule for the client's address once more, as docs/trust.md tells it, with regular expressions and lists and no thought of speed.</summary>
internal static partial class SlowDerivation
{
    public static IPAddress Derive(bool forwarded, string[] lines, IPAddress peer, IPNetwork[] trusted)
    {
        var hops = forwarded ? [.. lines.SelectMany(Elements)] : string.Join(',', lines).Split(',');
        var client = peer;
        foreach (var hop in hops.Reverse().Take(32))
        {
            var node = forwarded ? For(hop) : hop.Trim(' ', '\t');
            if (node is null || Node(node) is not { } address)
            {
                return client;
            }

            client = address;
            if (!trusted.Any(t => t.Contains(address)))
            {
                return client;
            }
        }

        return client;
    }

    // A comma parts two elements where an even number of quotes that no backslash escapes stands to the right of it.
    private static string[] Elements(string line)
    {
        var quotes = Quote().Matches(line).Select(static q => q.Index + q.Length - 1).ToArray();
        var commas = Enumerable.Range(0, line.Length).Where(i => line[i] == ',' && quotes.Count(q => q > i) % 2 == 0);
        int[] ends = [-1, .. commas, line.Length];
        return [.. ends.Zip(ends.Skip(1), (from, to) => line[(from + 1)..to])];
    }

    private static string? For(string element)
    {
        var pairs = Element().Match(element);
        if (!pairs.Success)
        {
            return null;
        }

        var named = pairs.Groups["name"].Captures.Zip(pairs.Groups["value"].Captures, static (n, v) => (Name: n.Value, v.Value))
            .Where(static p => p.Name.Equals("for", StringComparison.OrdinalIgnoreCase)).ToArray();
        return named.Length != 1 ? null
            : named[0].Value[0] == '"' ? Escape().Replace(named[0].Value[1..^1], "$1").Trim(' ', '\t')
            : named[0].Value;
    }

    private static IPAddress? Node(string text)
    {
        if (text.Length > 64)
        {
            return null;
        }

        var node = NodeOf().Match(text);
        if (!node.Success || (node.Groups["port"].Value is { Length: > 0 } port && int.Parse(port, null) > 65535))
        {
            return null;
        }

        return !IPAddress.TryParse(node.Groups["v4"].Value + node.Groups["v6"].Value, out var address) ? null
            : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    [GeneratedRegex("""(?<!\\)(?:\\\\)*(?<q>")""")]
    private static partial Regex Quote();

    [GeneratedRegex("""\\(.)""", RegexOptions.Singleline)]
    private static partial Regex Escape();

    [GeneratedRegex("""^[ \t]*(?<name>[^"\\;, \t=]+)=(?<value>"(?:[^"\\]|\\.)*"|[^ \t;"\\]+)(?:[ \t]*;[ \t]*(?<name>[^"\\;, \t=]+)=(?<value>"(?:[^"\\]|\\.)*"|[^ \t;"\\]+))*[ \t]*\z""", RegexOptions.Singleline)]
    private static partial Regex Element();

    [GeneratedRegex("""^(?:(?<v4>(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!:|\z)|(?=:|\z))){4})|\[(?<v6>[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\])(?::(?:(?<port>[0-9]{1,5})|_[A-Za-z0-9._-]+))?\z|^(?<v6>[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*)\z""")]
    private static partial Regex NodeOf();
}
