using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandGlass.Testing;

/// <summary>A client down at the bytes: sends what no decent client sends, and reads what comes back without forgiving anything.</summary>
public sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[32 << 10];
    private int _at;
    private int _count;

    private RawClient()
    {
    }

    /// <summary>Connects.</summary>
    public static async Task<RawClient> ConnectAsync(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var client = new RawClient();
        try
        {
            await client._socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Accepted and cut off before we heard of the first: sends go nowhere, and reads find the end.
        }

        return client;
    }

    /// <summary>Sends these bytes on a new connection and reads the answer; null where the connection was closed without one.</summary>
    public static async Task<RawAnswer?> AskAsync(Uri address, string request)
    {
        using var client = await ConnectAsync(address);
        await client.SendAsync(request);
        return await client.ReadAsync(request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Sends bytes as they are (Latin-1). A server that has already closed is no error: its answer may still be there.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes)..];
            }
        }
        catch (SocketException)
        {
            // Refused in the middle of it.
        }
    }

    /// <summary>Reads one answer with its body; null where the connection ended before a status line.</summary>
    /// <param name="head">Whether the request was HEAD, whose answer has no body.</param>
    public async Task<RawAnswer?> ReadAsync(bool head = false)
    {
        var interim = new List<int>();
        while (true)
        {
            if (await ReadLineAsync() is not { } status)
            {
                return null;
            }

            var code = int.Parse(status.Split(' ')[1], CultureInfo.InvariantCulture);
            var headers = await ReadHeadersAsync();
            if (code is >= 100 and < 200 and not 101)
            {
                interim.Add(code);
                continue;
            }

            var answer = new RawAnswer(code, headers, interim);
            return head || code is 101 or 204 or 304 ? answer : await ReadBodyAsync(answer);
        }
    }

    /// <summary>Reads what there is, up to this many bytes; empty where the connection has ended.</summary>
    public async Task<string> ReadSomeAsync()
    {
        return _at < _count || await FillAsync() ? Encoding.Latin1.GetString(_buffer, _at, Take(_count - _at)) : string.Empty;
    }

    /// <summary>Says that nothing more will be sent.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Cuts the connection: a TCP reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Close();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int Take(int count)
    {
        _at += count;
        return count;
    }

    private async Task<List<KeyValuePair<string, string>>> ReadHeadersAsync()
    {
        var headers = new List<KeyValuePair<string, string>>();
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        return headers;
    }

    private async Task<RawAnswer> ReadBodyAsync(RawAnswer answer)
    {
        using var body = new MemoryStream();
        var whole = true;
        if (answer["Transfer-Encoding"] == "chunked")
        {
            whole = await ReadChunksAsync(body);
        }
        else if (answer["Content-Length"] is { } length)
        {
            whole = await CopyAsync(body, long.Parse(length, CultureInfo.InvariantCulture));
        }
        else
        {
            await CopyAsync(body, long.MaxValue);
        }

        return answer with { Body = Encoding.Latin1.GetString(body.ToArray()), Whole = whole };
    }

    private async Task<bool> ReadChunksAsync(MemoryStream body)
    {
        while (await ReadLineAsync() is { Length: > 0 } size)
        {
            var length = int.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                await ReadHeadersAsync();
                return true;
            }

            if (!await CopyAsync(body, length) || await ReadLineAsync() is not "")
            {
                return false;
            }
        }

        return false;
    }

    private async Task<bool> CopyAsync(MemoryStream to, long count)
    {
        while (count > 0)
        {
            if (_at == _count && !await FillAsync())
            {
                return false;
            }

            var some = (int)Math.Min(count, _count - _at);
            to.Write(_buffer, _at, some);
            _at += some;
            count -= some;
        }

        return true;
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (_at < _count || await FillAsync())
        {
            var c = (char)_buffer[_at++];
            if (c == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(c);
        }

        return null;
    }

    private async Task<bool> FillAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            _at = 0;
            _count = 0;
            _count = await _socket.ReceiveAsync(_buffer.AsMemory(), patience.Token);
            return _count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("the gateway neither answered nor closed");
        }
    }
}

/// <summary>An answer as it came.</summary>
/// <param name="Status">Status.</param>
/// <param name="Headers">Header lines in order.</param>
/// <param name="Interim">The 1xx answers before it.</param>
public sealed record RawAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, IReadOnlyList<int> Interim)
{
    /// <summary>The body as far as it came (Latin-1).</summary>
    public string Body { get; init; } = string.Empty;

    /// <summary>Whether the body came to its declared end.</summary>
    public bool Whole { get; init; } = true;

    /// <summary>The lines of a header joined, or null.</summary>
    public string? this[string name]
    {
        get
        {
            var lines = Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static h => h.Value).ToArray();
            return lines.Length == 0 ? null : string.Join(", ", lines);
        }
    }
}
