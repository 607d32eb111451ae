using SandGlass.Telemetry;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Telemetry;

public sealed class NetworkTests : IDisposable
{
    private readonly string _root = TestFolder.New("net-");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Tells_the_share_of_the_busier_direction_of_the_busiest_interface()
    {
        Write("sys/class/net/eth0/speed", "1000\n");
        Write("sys/class/net/eth1/speed", "10000\n");
        Write("sys/class/net/veth/speed", "-1\n");
        var network = new Network(_root);
        Counted(0, 0, 0, 0);
        network.Read(0);
        Assert.True(double.IsNaN(network.Now.Use));

        // eth0: 125,000,000 bytes are its second. The loopback's and the speechless one's do not count.
        Counted(12_500_000, 62_500_000, 125_000_000, 0);
        network.Read(1);
        Assert.Equal(0.5, network.Now.Use);
        Assert.Equal((12_500_000 + 125_000_000 + 7, 62_500_000 + 7), (network.Now.BytesIn, network.Now.BytesOut));

        Counted(12_500_000, 62_500_000, 125_000_000 + 2_500_000_000L, 0);
        network.Read(2);
        Assert.Equal(1, network.Now.Use);
    }

    [Fact]
    public void Tells_how_many_segments_had_to_be_sent_again()
    {
        var network = new Network(_root);
        Segments(1000, 10);
        network.Read(0);
        Assert.True(double.IsNaN(network.Now.Loss));
        Segments(1090, 20);
        network.Read(1);
        Assert.Equal(0.1, network.Now.Loss);
        Segments(1090, 20);
        network.Read(1);
        Assert.Equal(0.1, network.Now.Loss);
    }

    [Fact]
    public void Knows_nothing_where_there_is_nothing_to_read()
    {
        Write("proc/net/dev", "no table\n : \n eth0: 1 2\n");
        Write("proc/net/snmp", "Tcp: OutSegs\nTcp: 1 2\n");
        var network = new Network(_root);
        network.Read(1);
        Assert.Equal(new NetworkReading(double.NaN, double.NaN, 0, 0), network.Now);
    }

    private void Counted(long in0, long out0, long in1, long out1) => Write("proc/net/dev", $"""
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo: 999999999 1 0 0 0 0 0 0 999999999 1 0 0 0 0 0 0
          eth0:{in0} 1 0 0 0 0 0 0 {out0} 1 0 0 0 0 0 0
          eth1: {in1} 1 0 0 0 0 0 0 {out1} 1 0 0 0 0 0 0
          veth: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0
        """);

    private void Segments(long sent, long again) => Write("proc/net/snmp", $"""
        Ip: Forwarding DefaultTTL
        Ip: 1 64
        Tcp: RtoAlgorithm OutSegs RetransSegs
        Tcp: 1 {sent} {again}
        """);

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
