using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace SandGlass.LoadTests.Replay;

/// <summary>Bytes that can only be read, one after the other.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>What was read to look at it, and then the rest. It remembers the last four bytes.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> first, Stream rest) : ForwardStream
{
    private readonly byte[] _last = new byte[4];
    private ReadOnlyMemory<byte> _first = first;

    public uint Last => BinaryPrimitives.ReadUInt32LittleEndian(_last);

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_first.IsEmpty)
        {
            read = rest.Read(buffer);
        }
        else
        {
            read = Math.Min(buffer.Length, _first.Length);
            _first.Span[..read].CopyTo(buffer);
            _first = _first[read..];
        }

        foreach (var one in buffer[Math.Max(0, read - _last.Length)..read])
        {
            _last.AsSpan(1).CopyTo(_last);
            _last[^1] = one;
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>
/// Unpacks gzip, and notices that it is cut off, which .NET's stream takes for an end: the last four bytes are the length of the last member (RFC 1952), which is
/// never more than all that came out. Of what is cut off they are any four bytes, so one in forty of a hundred megabytes goes unnoticed.
/// </summary>
internal sealed class GzipStream(PrefixedStream packed) : ForwardStream
{
    private readonly GZipStream _unpacked = new(packed, CompressionMode.Decompress);
    private long _length;

    public override int Read(Span<byte> buffer)
    {
        var read = _unpacked.Read(buffer);
        _length += read;
        return read > 0 || buffer.IsEmpty || packed.Last <= _length ? read : throw new InvalidDataException("cut off");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacked.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Hashes what is read through it.</summary>
internal sealed class HashedStream(Stream bytes) : ForwardStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Of all that has been read so far.</summary>
    public byte[] Hash() => _hash.GetCurrentHash();

    public override int Read(Span<byte> buffer)
    {
        var read = bytes.Read(buffer);
        _hash.AppendData(buffer[..read]);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            bytes.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
