using System.Net;

namespace SandGlass.Yarp;

/// <summary>
/// The body of an answer to a client that has asked for a stream, where it may be silent for less long than YARP was told
/// (<see cref="SilenceClock"/>). Goes both ways, as what follows a 101 does.
/// </summary>
/// <param name="inner">The body as it comes from the connection.</param>
/// <param name="clock">Its clock.</param>
internal sealed class AnswerBody(HttpContent inner, SilenceClock clock) : HttpContent
{
    /// <inheritdoc/>
    protected override async Task<Stream> CreateContentReadStreamAsync() => new Timed(await inner.ReadAsStreamAsync().ConfigureAwait(false), clock);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => inner.CopyToAsync(stream, context);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Timed(Stream from, SilenceClock clock) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => from.CanWrite;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        // The clock's token is over with YARP's.
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            clock.BeginRead();
            var read = await from.ReadAsync(buffer, clock.Token).ConfigureAwait(false);
            clock.EndRead(last: read == 0 && buffer.Length > 0);
            return read;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await from.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            clock.Restart();
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => from.FlushAsync(cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => from.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => from.Write(buffer, offset, count);

        public override void Flush() => from.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                from.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
