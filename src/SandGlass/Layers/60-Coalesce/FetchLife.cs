using Microsoft.AspNetCore.Http.Features;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// The life of a shared fetch, put in place of its client's while it is under way: it ends when its client leaves and nobody else wants what
/// it brings. So a thousand do not lose their fetch because one of them closed a tab.
/// </summary>
public sealed class FetchLife : IHttpRequestLifetimeFeature, IDisposable
{
    private readonly HttpContext _http;
    private readonly IHttpRequestLifetimeFeature? _client;
    private readonly Flight _flight;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationToken _left;
    private readonly CancellationTokenRegistration _watch;

    private FetchLife(HttpContext http, Flight flight)
    {
        (_http, _flight) = (http, flight);
        _client = http.Features.Get<IHttpRequestLifetimeFeature>();
        _left = http.RequestAborted;
        RequestAborted = _end.Token;
        http.Features.Set<IHttpRequestLifetimeFeature>(this);
        flight.Abandoned = Reconsider;
        _watch = _left.UnsafeRegister(static life => ((FetchLife)life!).Reconsider(), this);
    }

    /// <summary>Begins one where the passage leads a fetch that others may want; null where it does not.</summary>
    public static FetchLife? Of(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        return passage is { Leads: true, IsRefresh: false, Flight: { IsSolo: false } flight } && flight.Plan.ActsOn(passage)
            ? new(passage.Http, flight) : null;
    }

    /// <inheritdoc/>
    public CancellationToken RequestAborted { get; set; }

    /// <inheritdoc/>
    public void Abort() => _client?.Abort();

    /// <summary>The fetch is over: the client's own life counts again.</summary>
    public void Dispose()
    {
        _flight.Abandoned = null;
        _watch.Dispose();
        _http.Features.Set(_client);
        // Not disposed: Reconsider may be on its way in another thread. Without a timer it holds nothing.
    }

    private void Reconsider()
    {
        if (_left.IsCancellationRequested && !_flight.IsWanted)
        {
            _end.Cancel();
        }
    }
}
