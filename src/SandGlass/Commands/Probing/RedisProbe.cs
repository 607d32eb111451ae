using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using SandGlass.Policy;

namespace SandGlass.Commands.Probing;

/// <summary>Asks Redis, without logging in: whether it is one is seen from how it refuses, too.</summary>
internal static class RedisProbe
{
    private const int DefaultPort = 6379;

    /// <summary>Host and port of each node in a connection string, and whether they speak TLS. Passwords are left where they are.</summary>
    public static (IReadOnlyList<(string Host, int Port)> Nodes, bool Tls) Parse(string connection)
    {
        var tls = connection.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase);
        // In a URL all before the last '@' is name and password, whatever characters they have.
        var bare = connection.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0
            ? connection[(Math.Max(scheme + 2, connection.LastIndexOf('@')) + 1)..].Split('/', '?')[0]
            : connection;
        var nodes = new List<(string, int)>();
        foreach (var part in bare.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Contains('='))
            {
                tls |= part.Replace(" ", string.Empty, StringComparison.Ordinal).Equals("ssl=true", StringComparison.OrdinalIgnoreCase);
            }
            else
            {
                var colon = part.LastIndexOf(':');
                var written = colon > part.LastIndexOf(']') && int.TryParse(part.AsSpan(colon + 1), out var port) && port is > 0 and < 65536 ? port : 0;
                nodes.Add(((written > 0 ? part[..colon] : part).Trim('[', ']'), written > 0 ? written : DefaultPort));
            }
        }

        return (nodes, tls);
    }

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
