namespace SandGlass.Yarp;

/// <summary>A body read into memory, up to a bound.</summary>
/// <param name="Bytes">What was read.</param>
/// <param name="Complete">Whether that is all; if not, the rest is still in the content's stream.</param>
internal readonly record struct BoundedBody(byte[] Bytes, bool Complete)
{
    /// <summary>Reads at most <paramref name="most"/> bytes and one more.</summary>
    /// <exception cref="HttpIOException">The backend broke off.</exception>
    public static async ValueTask<BoundedBody> ReadAsync(HttpContent content, int most, CancellationToken cancellationToken)
    {
        var length = content.Headers.ContentLength;
        var buffer = new byte[length is { } known ? (int)Math.Min(known, most) + 1 : Math.Min(16 << 10, most + 1)];
        // YARP asks the content for its stream again and gets this same one, so what we leave unread is its to copy.
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var count = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(count), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return new(buffer.AsSpan(0, count).ToArray(), true);
            }

            count += read;
            if (count > most)
            {
                return new(buffer.AsSpan(0, count).ToArray(), false);
            }

            if (count == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, most + 1));
            }
        }
    }
}
