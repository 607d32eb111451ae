using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace SandGlass.DemoShop;

/// <summary>What Kestrel is too well-behaved to send: bytes straight to the connection, past its HTTP writer.</summary>
internal static class Wire
{
    /// <summary>The server's flush ends when the bytes are handed over, not when they are sent; cutting at once would lose them.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a client may take to read a malformed answer and close.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Cuts the connection once what was written has left.</summary>
    public static async Task CutAsync(HttpContext context, TimeProvider time)
    {
        await Task.Delay(Linger, time);
        context.Abort();
    }

    /// <summary>
    /// Writes the malformed answer and closes once the client has what it reads of it. True when the true answer is still to follow. Written to the socket and ended
    /// with a FIN: a cut would take with it what had not left yet, so that a slow reader would see less of a fault than a quick one.
    /// </summary>
    public static async Task<bool> MalformAsync(HttpContext context, Malformation how, TimeProvider time)
    {
        var socket = context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        try
        {
            foreach (var piece in Pieces(how))
            {
                await SendAsync(socket, Encoding.ASCII.GetBytes(piece), context.RequestAborted);
            }

            if (how == Malformation.InterimFlood)
            {
                return true;
            }

            socket.Shutdown(SocketShutdown.Send);
            await Task.Delay(Patience, time, context.RequestAborted);
        }
        catch (Exception left) when (left is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went: the usual end of an endless body, and of a client that has seen enough.
        }

        context.Abort();
        return false;
    }

    private static async ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken left)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, left)..];
        }
    }

    private static IEnumerable<string> Pieces(Malformation how) => how switch
    {
        Malformation.ShortLength => ["HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nshort, and then rather more than that"],
        Malformation.BadChunks => ["HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\nnot-a-size\r\nsecond\r\n"],
        Malformation.InterimFlood => Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n", 10_000),
        Malformation.HeaderBomb => [
            "HTTP/1.1 200 OK\r\n",
            .. Enumerable.Range(0, 1024).Select(n => $"X-Bomb-{n}: {new string('x', 1000)}\r\n"),
            "Content-Length: 0\r\n\r\n"],
        Malformation.EndlessBody => Endless(),
        _ => [],
    };

    private static IEnumerable<string> Endless()
    {
        yield return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
        var chunk = "4000\r\n" + new string('e', 0x4000) + "\r\n";
        while (true)
        {
            yield return chunk;
        }
    }
}
