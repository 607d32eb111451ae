using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using SandGlass.Policy;

namespace SandGlass.Commands.Probing;

/// <summary>Asks Redis, without logging in: whether it is one is seen from how it refuses, too.</summary>
internal static class RedisProbe
{
    /// <summary>Asks one node.</summary>
    public static async Task<string> AskAsync(string host, int port, bool tls, CancellationToken cancel)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host, port, cancel).ConfigureAwait(false);
        Stream stream = new NetworkStream(socket);
        await using (stream.ConfigureAwait(false))
        {
            var secure = tls ? new SslStream(stream) : null;
            if (secure is not null)
            {
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, cancel).ConfigureAwait(false);
                stream = secure;
            }

            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancel).ConfigureAwait(false);
            var answer = await LineAsync(stream, cancel).ConfigureAwait(false);
            return answer switch
            {
                _ when answer.StartsWith("+PONG", StringComparison.Ordinal) => "answers PONG, without a password",
                _ when answer.StartsWith("-NOAUTH", StringComparison.Ordinal) => "answers, and wants a password (NOAUTH)",
                "" => throw new IOException("it closed without an answer; look whether this is Redis' port, and whether it wants TLS (ssl=true)"),
                _ => throw new IOException($"answered {Words.Quote(answer)} to PING; look whether this is Redis' port, and at its log"),
            };
        }
    }

    private static async Task<string> LineAsync(Stream stream, CancellationToken cancel)
    {
        var buffer = new byte[256];
        var count = 0;
        int read;
        while (count < buffer.Length
            && !buffer.AsSpan(0, count).Contains((byte)'\n')
            && (read = await stream.ReadAsync(buffer.AsMemory(count), cancel).ConfigureAwait(false)) > 0)
        {
            count += read;
        }

        return Encoding.Latin1.GetString(buffer, 0, count).Split('\r', '\n')[0];
    }
}
