using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandGlass.CalmProbe;

/// <summary>One of those that are compared: its address, its open connections, and what a thousand clients behind a proxy send there.</summary>
internal sealed class Target
{
    private const int Clients = 1000;

    public Target(string name, Uri url, int connections)
    {
        Name = name;
        Requests = [.. Enumerable.Range(0, Clients).Select(client => Request(url, client))];
        Sockets = [.. Enumerable.Range(0, connections).Select(_ => Connect(url))];
    }

    public string Name { get; }

    /// <summary>One for each client.</summary>
    public byte[][] Requests { get; }

    public Socket[] Sockets { get; }

    // What bench.lua sends, byte for byte.
    private static byte[] Request(Uri url, int client) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nUser-Agent: bench\r\nAccept: application/json\r\nX-Forwarded-For: 203.0.{client / 250}.{client % 250 + 1}\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\n\r\n"));

    private static Socket Connect(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Parse(url.Host), url.Port);
        return socket;
    }
}
