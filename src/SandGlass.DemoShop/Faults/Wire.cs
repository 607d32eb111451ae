using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace SandGlass.DemoShop;

/// <summary>What Kestrel is too well-behaved to send: bytes straight to the connection, past its HTTP writer.</summary>
internal static class Wire
{
    /// <summary>The server's flush ends when the bytes are handed over, not when they are sent; cutting at once would lose them.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);

    /// <summary>Cuts the connection once what was written has left.</summary>
    public static async Task CutAsync(HttpContext context, TimeProvider time)
    {
        await Task.Delay(Linger, time);
        context.Abort();
    }

    /// <summary>Writes the malformed answer. True when the true answer is still to follow.</summary>
    public static async Task<bool> MalformAsync(HttpContext context, Malformation how, TimeProvider time)
    {
        var output = context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output;
        foreach (var piece in Pieces(how))
        {
            output.Write(Encoding.ASCII.GetBytes(piece));
            if ((await output.FlushAsync(context.RequestAborted)).IsCompleted)
            {
                return false;
            }
        }

        if (how == Malformation.InterimFlood)
        {
            return true;
        }

        await CutAsync(context, time);
        return false;
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
