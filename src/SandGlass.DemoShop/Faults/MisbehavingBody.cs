namespace SandGlass.DemoShop;

/// <summary>Stands between a handler and the wire: lets the body through in drips, or cuts the connection in its middle.</summary>
internal sealed class MisbehavingBody(HttpContext context, TimeSpan drip, bool cut, TimeProvider time) : Stream
{
    private const int DripBytes = 64;

    private readonly Stream wire = context.Response.Body;
    private bool broken;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (broken)
        {
            return;
        }

        await DripAsync(cut ? buffer[..(buffer.Length / 2)] : buffer, cancellationToken);
        if (cut)
        {
            broken = true;
            await Wire.CutAsync(context, time);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => broken ? Task.CompletedTask : wire.FlushAsync(cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() => throw new NotSupportedException();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    private async ValueTask DripAsync(ReadOnlyMemory<byte> bytes, CancellationToken left)
    {
        var step = drip > TimeSpan.Zero ? DripBytes : bytes.Length;
        for (var at = 0; at < bytes.Length; at += step)
        {
            await wire.WriteAsync(bytes.Slice(at, Math.Min(step, bytes.Length - at)), left);
            await wire.FlushAsync(left);
            if (drip > TimeSpan.Zero)
            {
                await Task.Delay(drip, time, context.RequestAborted);
            }
        }
    }
}
