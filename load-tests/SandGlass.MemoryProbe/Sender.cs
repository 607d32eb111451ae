using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandGlass.MemoryProbe;

/// <summary>Pipelines requests of many clients over a few connections: a proxy on loopback, as the gateway sees it.</summary>
internal static class Sender
{
    private const int Connections = 4;
    private const int Batch = 64;

    /// <summary>Sends; how many answers were 200 and how many 429.</summary>
    public static (long Fine, long Refused) Run(int port, int net, int clients, int repeat)
    {
        var totals = new (long Fine, long Refused)[Connections];
        var threads = new Thread[Connections];
        for (var i = 0; i < Connections; i++)
        {
            var lane = i;
            threads[i] = new(() => totals[lane] = Drive(port, net, lane, clients, repeat));
            threads[i].Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        return (totals.Sum(static t => t.Fine), totals.Sum(static t => t.Refused));
    }

    // One connection, every fourth client: a batch out, its answers in.
    private static (long Fine, long Refused) Drive(int port, int net, int lane, int clients, int repeat)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        socket.ReceiveTimeout = 30_000;
        var answers = new AnswerCount();
        var batch = new StringBuilder();
        var buffer = new byte[64 << 10];
        var inBatch = 0;
        for (long n = lane; n < (long)clients * repeat; n += Connections)
        {
            var client = n % clients;
            batch.Append("GET /probe HTTP/1.1\r\nHost: probe\r\nX-Forwarded-For: ").Append(net).Append('.').Append(client >> 16).Append('.').Append((client >> 8) & 255)
                .Append('.').Append(client & 255).Append("\r\n\r\n");
            if (++inBatch == Batch || n + Connections >= (long)clients * repeat)
            {
                socket.Send(Encoding.ASCII.GetBytes(batch.ToString()));
                batch.Clear();
                Receive(socket, buffer, ref answers, inBatch);
                inBatch = 0;
            }
        }

        return (answers.Fine, answers.Refused);
    }

    private static void Receive(Socket socket, byte[] buffer, ref AnswerCount answers, int expected)
    {
        var until = answers.All + expected;
        while (answers.All < until)
        {
            var read = socket.Receive(buffer);
            if (read == 0)
            {
                throw new IOException($"The gateway closed the connection after {answers.All} answers.");
            }

            answers.Take(buffer.AsSpan(0, read));
        }
    }
}
