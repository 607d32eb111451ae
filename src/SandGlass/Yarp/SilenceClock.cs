namespace SandGlass.Yarp;

/// <summary>
/// Bounds the silence of an answer to a client that has asked for a stream. YARP has one figure for head and body, and there it must be the
/// longer one; what may not be silent for so long is held to its own by this.
/// </summary>
internal sealed class SilenceClock : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly TimeSpan _bound;
    private readonly CancellationTokenRegistration _ended;
    private readonly CancellationTokenRegistration _cut;
    private volatile bool _reads;

    private SilenceClock(TimeSpan bound, HttpContext http, CancellationToken ended)
    {
        _bound = bound;
        _ended = ended.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over);
        _cut = _over.Token.UnsafeRegister(
            _ =>
            {
                if (!_reads && !ended.IsCancellationRequested)
                {
                    http.Abort();
                }
            },
            null);
        Restart();
    }

    /// <summary>For reads of the backend's bytes: over when none have come for too long, or YARP has ended it.</summary>
    public CancellationToken Token => _over.Token;

    /// <summary>Starts one.</summary>
    /// <param name="bound">How long nothing may happen.</param>
    /// <param name="http">Its connection is cut where it is the client that takes nothing: a write cannot be given up otherwise.</param>
    /// <param name="ended">YARP's own end of it.</param>
    public static SilenceClock Start(TimeSpan bound, HttpContext http, CancellationToken ended) => new(bound, http, ended);

    /// <summary>The backend is waited for.</summary>
    public void BeginRead()
    {
        _reads = true;
        Restart();
    }

    /// <summary>The backend has sent something, which the client is to take now.</summary>
    /// <param name="last">Or nothing, and never will again.</param>
    public void EndRead(bool last)
    {
        _reads = false;
        _over.CancelAfter(last ? Timeout.InfiniteTimeSpan : _bound);
    }

    /// <summary>Something has happened.</summary>
    public void Restart() => _over.CancelAfter(_bound);

    /// <summary>Ends it; when this is done, it cuts nobody off any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.DisposeAsync().ConfigureAwait(false);
        await _cut.DisposeAsync().ConfigureAwait(false);
        _over.Dispose();
    }
}
