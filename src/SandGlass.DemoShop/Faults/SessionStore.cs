using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SandGlass.DemoShop;

/// <summary>
/// Middleware as it should not be used: every request asks Redis first, without a time-out, and holds its worker meanwhile. As many
/// connections as requests at once, and so as many as there are workers at most.
/// </summary>
internal sealed class SessionStore(int port)
{
    private static readonly byte[] Ping = [.. "PING\r\n"u8];

    private readonly ConcurrentBag<Socket> idle = [];

    /// <summary>Returns when it has answered, however long that takes. Throws when it cannot be reached or breaks off.</summary>
    public async Task AskAsync()
    {
        if (!idle.TryTake(out var socket))
        {
            socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        }

        try
        {
            if (!socket.Connected)
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            }

            await socket.SendAsync(Ping);
            var answer = new byte[64];
            do
            {
                if (await socket.ReceiveAsync(answer) is 0)
                {
                    throw new SocketException((int)SocketError.ConnectionReset);
                }
            }
            while (!answer.Contains((byte)'\n'));
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        idle.Add(socket);
    }
}
