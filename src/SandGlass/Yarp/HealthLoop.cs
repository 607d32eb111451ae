using System.Globalization;
using System.Net;
using SandGlass.Policy;

namespace SandGlass.Yarp;

/// <summary>
/// Probes the destinations of all backends that have `health`, each at its own moment, and tells in the log whenever one is lost or comes back.
/// No request waits for it, and no probe for another; one that is slow is not asked again before it has answered or its time is up.
/// What it finds belongs to the destination's name, so a reload keeps it; what it does follows the policy in force.
/// </summary>
internal sealed class HealthLoop : IAsyncDisposable
{
    private static readonly TimeSpan LongestNap = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestNap = TimeSpan.FromMilliseconds(10);

    private readonly Func<Snapshot> _current;
    private readonly TimeProvider _time;
    private readonly Random _dice;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageInvoker _client;
    private readonly Dictionary<DestinationState, Watch> _watched = [];
    private readonly Task _loop;

    /// <summary>Begins to probe.</summary>
    public HealthLoop(Func<Snapshot> current, TimeProvider time, int seed, ILogger log)
    {
        _current = current;
        _time = time;
        _dice = new(seed);
        _log = log;
        // Pools of its own: a probe must not wait behind requests, nor take a connection that they could use.
        _client = new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ResponseDrainTimeout = TimeSpan.Zero,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        });
        _loop = Task.Run(LoopAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await Task.WhenAll(_watched.Values.Select(static w => w.Probe)).ConfigureAwait(false);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var nap = Look(_time.GetTimestamp());
            await Task.Delay(nap, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // One look at everything: sends the probes that are due, and says how long nothing will be.
    private TimeSpan Look(long now)
    {
        var nap = LongestNap;
        var backends = _current().Backends.Values;
        foreach (var backend in backends)
        {
            foreach (var destination in backend.Destinations)
            {
                if (!_watched.TryGetValue(destination.State, out var watch))
                {
                    _watched[destination.State] = watch = new() { EjectedUntil = destination.State.Outliers.Until };
                }

                TellEjection(backend, destination, watch, now);
                if (backend.Health is { } health)
                {
                    var due = Due(watch, health, now);
                    if (due <= TimeSpan.Zero && watch.Probe.IsCompleted)
                    {
                        watch.Probe = ProbeAsync(backend, destination, health);
                        watch.Last = now;
                        due = health.Interval;
                    }

                    nap = due < nap ? due : nap;
                }
            }
        }

        Forget(backends);
        return nap < ShortestNap ? ShortestNap : nap;
    }

    // The first probes are spread over an interval, so that many destinations are not asked all at once, for ever.
    private TimeSpan Due(Watch watch, HealthPlan health, long now)
    {
        if (watch.Last is not { } last)
        {
            watch.Last = last = now - (long)(_dice.NextDouble() * health.Interval.TotalSeconds * _time.TimestampFrequency);
        }

        return health.Interval - _time.GetElapsedTime(last, now);
    }

    private void Forget(IEnumerable<BackendPlan> backends)
    {
        var named = backends.Sum(static b => b.Destinations.Count);
        if (_watched.Count > named)
        {
            var known = backends.SelectMany(static b => b.Destinations).Select(static d => d.State).ToHashSet();
            foreach (var gone in _watched.Where(w => !known.Contains(w.Key) && w.Value.Probe.IsCompleted).Select(static w => w.Key).ToArray())
            {
                _watched.Remove(gone);
            }
        }
    }

    private async Task ProbeAsync(BackendPlan backend, DestinationPlan destination, HealthPlan health)
    {
        var trouble = await AskAsync(destination, health).ConfigureAwait(false);
        if (_stop.IsCancellationRequested || !destination.State.Probes.Report(trouble is null, _time.GetTimestamp()))
        {
            return;
        }

        backend.Trouble();
        if (trouble is null)
        {
            _log.LogWarning("Destination {Destination} of backend {Backend} is healthy again", destination.Name, backend.Name);
        }
        else
        {
            _log.LogWarning("Destination {Destination} of backend {Backend} is unhealthy: GET {Path} {Trouble}", destination.Name, backend.Name, health.Path, trouble);
        }
    }

    // What is wrong, or null.
    private async Task<string?> AskAsync(DestinationPlan destination, HealthPlan health)
    {
        using var enough = new CancellationTokenSource(health.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, _stop.Token);
        try
        {
            // As `check --probe` asks: the path is the host's, whatever base path the destination has.
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(destination.Prefix), health.Path))
            {
                Version = destination.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.TryAddWithoutValidation("User-Agent", "SandGlass-Health");
            using var answer = await _client.SendAsync(request, either.Token).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"answers {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException)
        {
            return "has no answer in time";
        }
        catch (Exception fault)
        {
            // Whatever it is, the destination was not found well.
            return $"fails: {fault.Message}";
        }
    }

    private void TellEjection(BackendPlan backend, DestinationPlan destination, Watch watch, long now)
    {
        var until = destination.State.Outliers.Until;
        if (until != watch.EjectedUntil && until > now)
        {
            watch.EjectedUntil = until;
            watch.IsOut = true;
            _log.LogWarning(
                "Destination {Destination} of backend {Backend} fails too often and is left out for {Seconds} s",
                destination.Name,
                backend.Name,
                Math.Ceiling(_time.GetElapsedTime(now, until).TotalSeconds));
        }
        else if (watch.IsOut && until <= now)
        {
            watch.IsOut = false;
            _log.LogWarning("Destination {Destination} of backend {Backend} is let back", destination.Name, backend.Name);
        }
    }

    private sealed class Watch
    {
        public long? Last { get; set; }

        public Task Probe { get; set; } = Task.CompletedTask;

        public long EjectedUntil { get; set; }

        public bool IsOut { get; set; }
    }
}
