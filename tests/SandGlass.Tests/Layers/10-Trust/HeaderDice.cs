using System.Text;

namespace SandGlass.Tests.Layers.Trust;

/// <summary>Forwarding headers out of a seeded generator: made by the grammar, and then, some of them, broken.</summary>
internal sealed class HeaderDice(int seed)
{
    private const string Letters = ",;=\"\\[]:.%_ \tforFOR0123456789abcdef/-\0\u00e9";

    private readonly Random _random = new(seed);

    public bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    /// <summary>A list of up to 40 hops, mostly few.</summary>
    public string List(bool forwarded) => string.Join(
        Chance(3) ? "," : ", ", Enumerable.Range(0, Chance(50) ? 20 + _random.Next(20) : 1 + _random.Next(5)).Select(_ => Hop(forwarded, Node())));

    /// <summary>One hop as a proxy would write it.</summary>
    public string Hop(bool forwarded, string node)
    {
        if (!forwarded)
        {
            return node;
        }

        var value = node.AsSpan().ContainsAny("[]:") || Chance(4) ? Quoted(node) : node;
        var pairs = new List<string> { $"{Pick("for", "For", "FOR")}={value}" };
        if (Chance(2))
        {
            pairs.Insert(_random.Next(2), "proto=https");
        }

        if (Chance(3))
        {
            pairs.Insert(_random.Next(pairs.Count), $"by={Pick("_edge", "\"a, b\"", "\"say \\\"for=6.6.6.6, x\\\"\"", "\"[2001:db8:cd::9]\"")}");
        }

        return string.Join(Pick(";", "; "), pairs);
    }

    /// <summary>An address of a proxy or of anybody, in any of the ways to write it; seldom none.</summary>
    public string Node() => _random.Next(14) switch
    {
        0 or 1 or 2 => TrustedV4(),
        3 => $"{TrustedV4()}:{_random.Next(70_000)}",
        4 => $"[2001:db8:cd::{_random.Next(0xffff):x}]",
        5 => $"::ffff:{TrustedV4()}",
        6 => Pick("unknown", "_hidden", "", "10.0.0", "010.0.0.1", "fe80::1%eth0", "[10.0.0.1]", "10.0.0.0/8", "1", "0x7f.1", "::/0"),
        7 => $"[{V6()}]:{_random.Next(70_000)}",
        8 => V6(),
        9 => $"{V4()}:_port",
        _ => V4(),
    };

    /// <summary>An address that no proxy has.</summary>
    public string Stranger() => Chance(3) ? $"[{V6()}]" : V4();

    /// <summary>A few letters gone, doubled, changed or put in.</summary>
    public string Broken(string text)
    {
        var broken = new StringBuilder(text);
        for (var n = 1 + _random.Next(4); n > 0; n--)
        {
            var at = _random.Next(broken.Length + 1);
            if (at == broken.Length || Chance(3))
            {
                broken.Insert(at, Letters[_random.Next(Letters.Length)]);
            }
            else if (Chance(2))
            {
                broken.Remove(at, Math.Min(broken.Length - at, 1 + _random.Next(3)));
            }
            else
            {
                broken[at] = Letters[_random.Next(Letters.Length)];
            }
        }

        return broken.ToString();
    }

    private string Quoted(string node) => $"\"{(Chance(5) && node.Length > 0 ? node.Insert(_random.Next(node.Length), "\\") : node)}\"";

    private string TrustedV4() => $"10.{_random.Next(256)}.0.{_random.Next(256)}";

    private string V4() => $"{11 + _random.Next(200)}.{_random.Next(256)}.{_random.Next(256)}.{_random.Next(256)}";

    private string V6() => $"2001:db8:1{_random.Next(0xff):x2}::{_random.Next(0xffff):x}";

    private string Pick(params string[] of) => of[_random.Next(of.Length)];
}
