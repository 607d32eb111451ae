using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandGlass.Tests.Commands;

/// <summary>Something on a port that answers one line with another; an empty answer is silence.</summary>
internal sealed class RedisOrigin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _answer;
    private readonly Task _serving;

    public RedisOrigin(string answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public string Asked { get; private set; } = string.Empty;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            using var socket = await _listener.AcceptSocketAsync();
            var buffer = new byte[256];
            Asked = Encoding.Latin1.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
            await socket.SendAsync(Encoding.Latin1.GetBytes(_answer));
            // Until the other side has gone.
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Stopped, or cut.
        }
    }
}
