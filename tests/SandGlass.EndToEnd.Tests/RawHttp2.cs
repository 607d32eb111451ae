using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;

namespace SandGlass.EndToEnd.Tests;

/// <summary>An HTTP/2 client down at the frames (RFC 9113), for header names and values that no library would send.</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Priority = 2;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;
    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private int _stream = -1;

    public static async Task<RawHttp2> ConnectAsync(Uri address)
    {
        var client = new RawHttp2();
        await client._tcp.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        await client.WriteAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, 0, [])]);
        return client;
    }

    /// <summary>Sends GET with these headers as they are; the status, or null where stream or connection was reset.</summary>
    public Task<int?> GetAsync(string authority, string path, params (string Name, string Value)[] headers) => AskAsync("GET", authority, path, headers);

    /// <summary>The same with another method, as it is.</summary>
    public async Task<int?> AskAsync(string method, string authority, string path, params (string Name, string Value)[] headers)
    {
        await WriteAsync(Frame(Headers, EndStream | EndHeaders, NextStream(), BlockOf(method, authority, path, headers)));
        return await ReadStatusAsync();
    }

    /// <summary>The number of the next stream.</summary>
    public int NextStream() => _stream += 2;

    /// <summary>A block of headers for GET.</summary>
    public static byte[] Block(string authority, string path, params (string Name, string Value)[] headers) => BlockOf("GET", authority, path, headers);

    private static byte[] BlockOf(string method, string authority, string path, (string Name, string Value)[] headers)
    {
        List<byte> block = [];
        foreach (var (name, value) in new[] { (":method", method), (":scheme", "http"), (":authority", authority), (":path", path) }.Concat(headers))
        {
            // Literal without indexing, new name (RFC 7541 §6.2.2), no Huffman.
            block.Add(0);
            Text(block, name);
            Text(block, value);
        }

        return [.. block];
    }

    /// <summary>Sends frames as they are; false where the connection is gone.</summary>
    public async Task<bool> TrySendAsync(params byte[][] frames)
    {
        try
        {
            await WriteAsync([.. frames.SelectMany(static f => f)]);
            return true;
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Reads and forgets what comes until the connection ends or the test does.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await _tcp.GetStream().ReadAsync(buffer, cancel) > 0)
            {
                // Forgotten.
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The end.
        }
    }

    public void Dispose() => _tcp.Dispose();

    private static void Text(List<byte> to, string text)
    {
        Assert.InRange(text.Length, 0, 126);
        to.Add((byte)text.Length);
        to.AddRange(Encoding.Latin1.GetBytes(text));
    }

    public static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    private async Task WriteAsync(byte[] bytes) => await _tcp.GetStream().WriteAsync(bytes);

    private async Task<int?> ReadStatusAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.Deadline, TimeProvider.System);
        var head = new byte[9];
        try
        {
            while (true)
            {
                await _tcp.GetStream().ReadExactlyAsync(head, patience.Token);
                var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >> 8];
                await _tcp.GetStream().ReadExactlyAsync(payload, patience.Token);
                var stream = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5));
                switch (head[3])
                {
                    case 1 when stream == _stream:
                        return Status(payload);
                    case 3 when stream == _stream:
                    case 7:
                        return null;
                    case 4 when (head[4] & 1) == 0:
                        await WriteAsync(Frame(4, 1, 0, []));
                        break;
                    default:
                        break;
                }
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    // The first field of an answer is :status: indexed (RFC 7541 appendix A, 8…14), or a literal with the name of entry 8.
    private static int Status(byte[] block)
    {
        var at = (block[0] & 0xe0) == 0x20 ? 1 : 0;
        if ((block[at] & 0x80) != 0)
        {
            return new[] { 200, 204, 206, 304, 400, 404, 500 }[(block[at] & 0x7f) - 8];
        }

        Assert.Equal(0, block[at + 1] & 0x80);
        return int.Parse(Encoding.ASCII.GetString(block, at + 2, block[at + 1]), CultureInfo.InvariantCulture);
    }
}
