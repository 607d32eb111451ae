using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using SandGlass.Layers.Fallback;

namespace SandGlass.Yarp;

/// <summary>
/// An answer's body on its way to the client, copied as it goes by: whoever waits for it does not wait for the copy. Into a rented buffer,
/// so that an answer that is the same as last time costs no memory. What does not end well, or within the bound, is not kept.
/// </summary>
/// <param name="inner">The body.</param>
/// <param name="reading">Takes the copy.</param>
/// <param name="time">The clock.</param>
internal sealed class KeepingContent(HttpContent inner, GoodReading reading, TimeProvider time) : HttpContent
{
    private const int FirstBuffer = 16 << 10;

    /// <inheritdoc/>
    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        new Copying(await inner.ReadAsStreamAsync().ConfigureAwait(false), reading, time, inner.Headers.ContentLength);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => inner.CopyToAsync(stream, context);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = inner.Headers.ContentLength ?? 0;
        return inner.Headers.ContentLength is not null;
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

    private sealed class Copying(Stream from, GoodReading reading, TimeProvider time, long? length) : Stream
    {
        private byte[]? _copy = ArrayPool<byte>.Shared.Rent((int)Math.Min(length ?? FirstBuffer, reading.MaxBytes) + 1);
        private int _count;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            // A read of nothing only waits for something.
            if (buffer.Length > 0)
            {
                Copy(buffer.Span[..read]);
            }

            return read;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = from.Read(buffer, offset, count);
            if (count > 0)
            {
                Copy(buffer.AsSpan(offset, read));
            }

            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                LetGo();
                from.Dispose();
            }

            base.Dispose(disposing);
        }

        private void Copy(ReadOnlySpan<byte> part)
        {
            if (_copy is null)
            {
                return;
            }

            if (part.IsEmpty)
            {
                if (length is null || length == _count)
                {
                    reading.Keep(_copy.AsSpan(0, _count), time.GetTimestamp());
                }

                LetGo();
            }
            else if (_count + part.Length > reading.MaxBytes)
            {
                reading.GiveUp();
                LetGo();
            }
            else
            {
                Grow(_count + part.Length);
                part.CopyTo(_copy.AsSpan(_count));
                _count += part.Length;
            }
        }

        private void Grow(int needed)
        {
            if (_copy!.Length < needed)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _copy.Length * 2));
                _copy.AsSpan(0, _count).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_copy);
                _copy = larger;
            }
        }

        private void LetGo()
        {
            if (_copy is { } copy)
            {
                _copy = null;
                ArrayPool<byte>.Shared.Return(copy);
            }
        }
    }
}
