using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SandGlass.Hosting;

/// <summary>
/// When the certificates of our own listeners run out. Asked as a client would, by a handshake: so it is the certificate that is served,
/// wherever the configuration has it from, and after it was renewed the new one. At the start and every <see cref="Period"/>.
/// </summary>
internal sealed class CertificateWatch : IAsyncDisposable
{
    /// <summary>Often enough for an alarm in days.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _ends = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly Task _loop;

    /// <summary>Begins to look.</summary>
    /// <param name="addresses">The listeners; those without TLS are not asked.</param>
    /// <param name="time">The clock.</param>
    public CertificateWatch(IEnumerable<string> addresses, TimeProvider time)
    {
        _time = time;
        var listeners = addresses.Where(static a => a.StartsWith("https://", StringComparison.Ordinal)).Select(static a => new Uri(a)).ToArray();
        _loop = listeners.Length == 0 ? Task.CompletedTask : Task.Run(() => LoopAsync(listeners));
    }

    /// <summary>By listener.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Ends => _ends;

    /// <summary>Seconds until the first one runs out, below 0 once it has; NaN where there is none.</summary>
    public double LeftSeconds => _ends.Values.Select(end => Math.Round((end - _time.GetUtcNow()).TotalSeconds)).DefaultIfEmpty(double.NaN).Min();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task LoopAsync(Uri[] listeners)
    {
        using var timer = new PeriodicTimer(Period, _time);
        try
        {
            do
            {
                foreach (var listener in listeners)
                {
                    await AskAsync(listener).ConfigureAwait(false);
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Done.
        }
    }

    private async Task AskAsync(Uri listener)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(Patience);
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(Where(listener), listener.Port, patience.Token).ConfigureAwait(false);
            await using var tls = new SslStream(socket.GetStream());
            await tls.AuthenticateAsClientAsync(
                new()
                {
                    TargetHost = listener.Host,
                    // Looking at it is all that we came for.
                    RemoteCertificateValidationCallback = (_, theirs, _, _) =>
                    {
                        if (theirs is X509Certificate2 certificate)
                        {
                            _ends[listener.GetLeftPart(UriPartial.Authority)] = certificate.NotAfter.ToUniversalTime();
                        }

                        return false;
                    },
                },
                patience.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is SocketException or IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException && !_stop.IsCancellationRequested)
        {
            // We have ended it ourselves, once we had seen it. Else the next look.
        }
    }

    private static IPAddress Where(Uri listener) =>
        !IPAddress.TryParse(listener.Host.Trim('[', ']'), out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : address;
}
