using System.Net;
using SandGlass.Layers.Trust;
using SandGlass.Request;
using Xunit;
using IPNetwork = System.Net.IPNetwork;

namespace SandGlass.Tests.Layers.Trust;

public sealed class CidrSetTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0", true)]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.0.0.0/8", "9.255.255.255", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "10.0.0.1", false)]
    [InlineData("192.0.2.1/32", "192.0.2.1", true)]
    [InlineData("192.0.2.1/32", "192.0.2.0", false)]
    [InlineData("192.0.2.1/32", "::ffff:192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.0/120", "192.0.2.200", true)]
    [InlineData("::ffff:192.0.2.0/120", "192.0.3.0", false)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::", false)]
    [InlineData("::1/128", "::1", true)]
    [InlineData("::1/128", "::2", false)]
    public void Knows_the_ends_of_a_range(string network, string address, bool inside) =>
        Assert.Equal(inside, new CidrSet([IPNetwork.Parse(network)]).Contains(ClientAddress.From(IPAddress.Parse(address))));

    [Fact]
    public void Is_empty_without_networks() => Assert.False(new CidrSet([]).Contains(ClientAddress.From(IPAddress.Loopback)));

    [Fact]
    public void Agrees_with_asking_each_network_in_turn()
    {
        var random = new Random(5);
        for (var round = 0; round < 60; round++)
        {
            var v6 = round % 2 == 1;
            var networks = Enumerable.Range(0, random.Next(1, 40)).Select(_ => Network(random, v6)).ToArray();
            var set = new CidrSet(networks);
            for (var i = 0; i < 500; i++)
            {
                // Mostly the ends of a network and their neighbours.
                var address = Near(random, networks[random.Next(networks.Length)], v6);

                Assert.Equal(networks.Any(n => n.Contains(address)), set.Contains(ClientAddress.From(address)));
            }
        }
    }

    // Few bits set, so that networks overlap, touch and nest.
    private static IPNetwork Network(Random random, bool v6)
    {
        var bytes = new byte[v6 ? 16 : 4];
        bytes[0] = v6 ? (byte)0x20 : (byte)10;
        bytes[1] = (byte)random.Next(4);
        bytes[2] = (byte)(random.Next(4) << 6);
        var prefix = random.Next(8, v6 ? 129 : 33);
        for (var bit = prefix; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new(new IPAddress(bytes), prefix);
    }

    private static IPAddress Near(Random random, IPNetwork network, bool v6)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        for (var bit = network.PrefixLength; bit < bytes.Length * 8 && random.Next(2) == 0; bit++)
        {
            bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
        }

        if (random.Next(3) == 0)
        {
            bytes[random.Next(1, v6 ? 16 : 4)] ^= (byte)(1 << random.Next(8));
        }

        return new(bytes);
    }
}
