using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandGlass.ReloadProbe;

/// <summary>What is asked.</summary>
internal sealed record LoadPlan(int Port, int Rate, int Seconds, int Connections, int Routes);

/// <summary>
/// An open model: when a request is due does not depend on answers. A connection that is still waiting when its next one is due counts the
/// wait for it too, so a gateway that stands still for 100 ms is seen by all who came in that time, and not by one.
/// </summary>
internal static class Load
{
    public static Task RunAsync(LoadPlan plan, TimeProvider clock, long began, Series series) =>
        Task.WhenAll(Enumerable.Range(0, plan.Connections).Select(lane => Task.Run(() => DriveAsync(plan, lane, clock, began, series))));

    private static async Task DriveAsync(LoadPlan plan, int lane, TimeProvider clock, long began, Series series)
    {
        var dice = new Random(lane);
        var buffer = new byte[16 << 10];
        Socket? socket = null;
        for (long n = lane; n < (long)plan.Rate * plan.Seconds; n += plan.Connections)
        {
            var due = began + (n * clock.TimestampFrequency / plan.Rate);
            var now = clock.GetTimestamp();
            // Late because the answer before was slow, or because our own timer was: only the first is the gateway's.
            var from = due;
            if (now < due)
            {
                await Task.Delay(clock.GetElapsedTime(now, due), clock);
                from = clock.GetTimestamp();
            }

            var route = dice.Next(plan.Routes);
            var request = Encoding.ASCII.GetBytes(
                $"GET /api/s{route % 100}/r{route}/{dice.Next(1000)} HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 203.0.{dice.Next(4)}.{dice.Next(250)}\r\n\r\n");
            var status = 0;
            try
            {
                if (socket is null)
                {
                    socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(IPAddress.Loopback, plan.Port);
                }

                await socket.SendAsync(request);
                status = await AnswerAsync(socket, buffer);
            }
            catch (Exception fault) when (fault is SocketException or FormatException)
            {
                socket?.Dispose();
                socket = null;
            }

            series.Add(clock.GetElapsedTime(began, from), clock.GetElapsedTime(from), status);
        }

        socket?.Dispose();
    }

    // The status of one whole answer with a Content-Length or in chunks; an exception where the connection ended first.
    private static async Task<int> AnswerAsync(Socket socket, byte[] buffer)
    {
        var count = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(count));
            if (read == 0)
            {
                throw new FormatException("the connection was closed");
            }

            count += read;
            if (Whole(buffer.AsSpan(0, count)))
            {
                return ((buffer[9] - '0') * 100) + ((buffer[10] - '0') * 10) + (buffer[11] - '0');
            }
        }
    }

    private static bool Whole(ReadOnlySpan<byte> bytes)
    {
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var at = bytes[..head].IndexOf("Content-Length: "u8);
        if (at < 0)
        {
            return bytes.EndsWith("0\r\n\r\n"u8);
        }

        var length = 0;
        foreach (var digit in bytes[(at + 16)..head])
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                break;
            }

            length = (length * 10) + (digit - '0');
        }

        return bytes.Length >= head + 4 + length;
    }
}
