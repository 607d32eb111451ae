using System.Net;
using System.Text;
using Microsoft.Extensions.Primitives;
using SandGlass.Layers.Trust;
using SandGlass.Request;
using Xunit;
using IPNetwork = System.Net.IPNetwork;

namespace SandGlass.Tests.Layers.Trust;

public sealed class ClientDerivationTests
{
    private const string Peer = "10.0.0.1";

    private static readonly CidrSet Trusted = new([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8:cd::/48")]);

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("6.6.6.6, 203.0.113.7", "203.0.113.7")]
    [InlineData("6.6.6.6,203.0.113.7,10.0.0.2", "203.0.113.7")]
    [InlineData("6.6.6.6, 203.0.113.7 , 10.0.0.2, 10.9.9.9", "203.0.113.7")]
    [InlineData("6.6.6.6|203.0.113.7", "203.0.113.7")]
    [InlineData("6.6.6.6, 203.0.113.7|10.0.0.2", "203.0.113.7")]
    [InlineData("10.0.0.3, 10.0.0.2", "10.0.0.3")]
    [InlineData("", Peer)]
    [InlineData("|", Peer)]
    [InlineData(",", Peer)]
    [InlineData("unknown", Peer)]
    [InlineData("_hidden", Peer)]
    [InlineData("203.0.113.7:99999", Peer)]
    [InlineData("6.6.6.6, garbage", Peer)]
    [InlineData("6.6.6.6, garbage, 10.0.0.2", "10.0.0.2")]
    [InlineData("6.6.6.6, fe80::1%eth0", Peer)]
    [InlineData("203.0.113.7:443", "203.0.113.7")]
    [InlineData("[2001:db8::7]:443", "2001:db8::7")]
    [InlineData("2001:db8::7, 2001:db8:cd::1", "2001:db8::7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("6.6.6.6, ::ffff:10.0.0.2", "6.6.6.6")]
    [InlineData("6.6.6.6,", Peer)]
    [InlineData("6.6.6.6|", Peer)]
    [InlineData("6.6.6.6, , 10.0.0.2", "10.0.0.2")]
    [InlineData("203.0.113.7:_hidden", "203.0.113.7")]
    [InlineData("[203.0.113.7]", Peer)]
    [InlineData("203.0.113.7/32", Peer)]
    [InlineData("2001:db8::7/128", Peer)]
    [InlineData("[2001:db8::7", Peer)]
    [InlineData("2001:db8::7]", Peer)]
    [InlineData("0203.0.113.7", Peer)]
    [InlineData("3405803783", Peer)]
    [InlineData("\"203.0.113.7\"", Peer)]
    public void Takes_the_last_address_that_no_proxy_of_ours_has(string lines, string expected) =>
        Assert.Equal(expected, Derive("X-Forwarded-For", lines));

    [Theory]
    [InlineData("for=203.0.113.7", "203.0.113.7")]
    [InlineData("for=203.0.113.7;proto=http;by=10.0.0.1", "203.0.113.7")]
    [InlineData("proto=http; For=\"[2001:db8::7]:4711\"", "2001:db8::7")]
    [InlineData("for=6.6.6.6, for=203.0.113.7, for=10.0.0.2", "203.0.113.7")]
    [InlineData("for=unknown", Peer)]
    [InlineData("for=_hidden, for=10.0.0.2", "10.0.0.2")]
    [InlineData("proto=http", Peer)]
    [InlineData("203.0.113.7", Peer)]
    [InlineData("for=\"\"", Peer)]
    [InlineData("for=6.6.6.6, by=\"a, b\";for=203.0.113.7", "203.0.113.7")]
    [InlineData("for=6.6.6.6, by=\"a \\\", for=6.6.6.6\";FOR=\"203.0.113.7\" ; proto=http", "203.0.113.7")]
    [InlineData("for=\"203.0.113\\.7\"", "203.0.113.7")]
    [InlineData("for=\"[2001:db8::7]:_port\"", "2001:db8::7")]
    [InlineData("for=2001:db8::7", "2001:db8::7")]
    [InlineData("for=\"6.6.6.6, for=203.0.113.7", "203.0.113.7")]
    [InlineData("for=\"6.6.6.6, for=10.0.0.2", "10.0.0.2")]
    [InlineData("for=6.6.6.6;for=203.0.113.7", Peer)]
    [InlineData("for =203.0.113.7", Peer)]
    [InlineData("for=203.0.113.7;", Peer)]
    [InlineData("for=203.0.113.7 x", Peer)]
    [InlineData("for=203.0.113.7;by", Peer)]
    [InlineData("for=\"203.0.113.7", Peer)]
    [InlineData("for=\"203.0.113.7\\", Peer)]
    [InlineData("therefor=6.6.6.6", Peer)]
    public void Reads_the_standard_header_too(string lines, string expected)
    {
        Assert.Equal(expected, Derive("Forwarded", lines));
        Assert.Equal(expected, Derive("forwarded", lines));
    }

    [Fact]
    public void Reads_at_most_so_many_hops()
    {
        var hops = Enumerable.Repeat("10.0.0.2", ClientDerivation.MostHops - 1);

        Assert.Equal("203.0.113.7", Derive("X-Forwarded-For", "203.0.113.7, " + string.Join(", ", hops)));
        Assert.Equal("10.0.0.2", Derive("X-Forwarded-For", "203.0.113.7, 10.0.0.2, " + string.Join(", ", hops)));
        Assert.Equal("10.0.0.2", Derive("X-Forwarded-For", string.Join(',', Enumerable.Repeat("10.0.0.2", 5_000))));
    }

    [Fact]
    public void Never_throws_and_never_reads_past_the_first_untrusted_hop_in_200_000_random_lists()
    {
        string[] hops = ["10.0.0.2", "10.200.0.9", "2001:db8:cd::5", "203.0.113.7", "[2001:db8::7]:1", "198.51.100.1:80", "unknown", "", "_x", "%", "[", "]", ":", "1.2.3", "fe80::1%1", "\u0000", "10.0.0.2:99999"];
        var random = new Random(99);
        for (var i = 0; i < 200_000; i++)
        {
            var chosen = Enumerable.Range(0, random.Next(7)).Select(_ => hops[random.Next(hops.Length)]).ToArray();
            var text = new StringBuilder();
            for (var n = 0; n < chosen.Length; n++)
            {
                text.Append(n == 0 ? "" : random.Next(4) == 0 ? "|" : random.Next(2) == 0 ? "," : " , ").Append(chosen[n]);
            }

            var lines = text.ToString();
            var answer = Derive("X-Forwarded-For", lines);

            // The reference: from the right, while hops are ours; what is no address ends it.
            var expected = Peer;
            foreach (var hop in lines.Split('|').SelectMany(static line => line.Split(',')).Reverse())
            {
                if (!ClientAddress.TryParse(hop, out var address))
                {
                    break;
                }

                expected = address.Text;
                if (!Trusted.Contains(address))
                {
                    break;
                }
            }

            Assert.True(expected == answer, $"{lines}: {answer} instead of {expected}");
        }
    }

    private static string Derive(string header, string lines) =>
        ClientDerivation.Derive(header, new StringValues(lines.Split('|')), ClientAddress.From(IPAddress.Parse(Peer)), Trusted).Text!;
}
