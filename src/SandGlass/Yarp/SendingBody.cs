using System.Net;

namespace SandGlass.Yarp;

/// <summary>
/// The body of a request that is held to a deadline, on its way to the backend: the backend has what is left from its last byte on. Not pooled,
/// since it may still be under way when the head is in.
/// </summary>
/// <param name="client">The body as YARP reads it from the client.</param>
internal sealed class SendingBody(HttpContent client) : HttpContent
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _deadline;
    private TimeSpan _left;
    private volatile bool _sent;

    /// <summary>Whether its last byte is out.</summary>
    public bool IsSent => _sent;

    /// <summary>From the last byte on, this much time is left.</summary>
    public void HoldTo(CancellationTokenSource deadline, TimeSpan left)
    {
        lock (_lock)
        {
            (_deadline, _left) = (deadline, left);
        }
    }

    /// <summary>The head is in, or will never be.</summary>
    public void LetGo()
    {
        lock (_lock)
        {
            _deadline?.CancelAfter(Timeout.InfiniteTimeSpan);
            _deadline = null;
        }
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var copied = client.CopyToAsync(stream, context, cancellationToken);
        if (!copied.IsCompletedSuccessfully)
        {
            return EndAfterAsync(copied);
        }

        End();
        return copied;
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        // As the client says, in a header that goes along.
        length = 0;
        return false;
    }

    private async Task EndAfterAsync(Task copied)
    {
        await copied.ConfigureAwait(false);
        End();
    }

    private void End()
    {
        _sent = true;
        lock (_lock)
        {
            _deadline?.CancelAfter(_left);
        }
    }
}
