using System.Net;
using SandGlass.Request;
using Xunit;

namespace SandGlass.Tests.Request;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", false)]
    [InlineData(" 192.0.2.1\t", "192.0.2.1", false)]
    [InlineData("192.0.2.1:80", "192.0.2.1", false)]
    [InlineData("192.0.2.1:65535", "192.0.2.1", false)]
    [InlineData("0.0.0.0", "0.0.0.0", false)]
    [InlineData("2001:db8::1", "2001:db8::1", true)]
    [InlineData("[2001:db8::1]", "2001:db8::1", true)]
    [InlineData("[2001:DB8::1]:443", "2001:db8::1", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", false)]
    [InlineData("[::ffff:c000:201]:1", "192.0.2.1", false)]
    [InlineData("64:ff9b::192.0.2.1", "64:ff9b::c000:201", true)]
    public void Reads_an_address(string text, string expected, bool isV6)
    {
        Assert.True(ClientAddress.TryParse(text, out var client));
        Assert.Equal((Normal(expected), isV6), (Normal(client.Text!), client.IsV6));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("unknown")]
    [InlineData("_hidden")]
    [InlineData("192.0.2.1:99999")]
    [InlineData("192.0.2.1:")]
    [InlineData("192.0.2.1:8x")]
    [InlineData("192.0.2.1:-1")]
    [InlineData("[2001:db8::1]x")]
    [InlineData("[2001:db8::1")]
    [InlineData("[2001:db8::1]:70000")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[fe80::1%252]")]
    [InlineData("1")]
    [InlineData("192.0.2")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("0300.0250.1.1")]
    [InlineData("256.1.1.1")]
    [InlineData("192.0.2.1.")]
    [InlineData("192.0.2.1 192.0.2.2")]
    [InlineData("localhost")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("::ffff:192.0.2.1::ffff:192.0.2.1::ffff:192.0.2.1::ffff:192.0.2.1::ffff:1")]
    public void Does_not_take_for_an_address(string text) => Assert.False(ClientAddress.TryParse(text, out _));

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.8", 64, false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", 64, true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", 64, true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", 64, false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", 56, true)]
    [InlineData("2001:db8::1", "2001:db8::2", 128, false)]
    [InlineData("64:ff9b::203.0.113.7", "64:ff9b::203.0.113.8", 64, false)]
    public void Counts_a_prefix_as_one_client(string one, string other, int prefix, bool same)
    {
        Assert.True(ClientAddress.TryParse(one, out var a));
        Assert.True(ClientAddress.TryParse(other, out var b));

        Assert.Equal(same, a.Key(prefix) == b.Key(prefix));
    }

    [Fact]
    public void Makes_one_client_of_ten_thousand_addresses_of_a_network()
    {
        var keys = Enumerable.Range(0, 10_000).Select(static i =>
        {
            Assert.True(ClientAddress.TryParse($"2001:db8:1:2::{i:x}", out var client));
            return client.Key(64);
        });

        Assert.Single(keys.Distinct());
    }

    [Fact]
    public void Drops_the_zone_of_a_link_local_peer() =>
        Assert.Equal("fe80::1", ClientAddress.From(IPAddress.Parse("fe80::1%2")).Text);

    [Fact]
    public void Has_an_answer_for_a_peer_without_an_address() => Assert.Equal(default, ClientAddress.From(null));

    private static string Normal(string address) => IPAddress.Parse(address).ToString();
}
