using SandGlass.Commands.Probing;
using SandGlass.Layers.Fallback;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Hosting;

/// <summary>
/// Builds each fallback every minute, or as often as it says, without a client: a degraded answer must not be tried for the first time in the
/// disaster. One at a time and off the way of requests. What could not be built is tried again every five seconds.
/// </summary>
public sealed class FallbackRounds : IAsyncDisposable
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly Func<Snapshot> _snapshot;
    private readonly Answers _answers;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HttpMessageInvoker _client = DestinationProbe.Client();
    private readonly Dictionary<string, long> _due = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <summary>Begins.</summary>
    public FallbackRounds(Func<Snapshot> snapshot, TimeProvider time, ILogger log)
    {
        (_snapshot, _time, _log, _answers) = (snapshot, time, log, new(time));
        _loop = Task.Run(LoopAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Turn, _time);
        try
        {
            do
            {
                await RoundAsync(_snapshot()).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private async Task RoundAsync(Snapshot snapshot)
    {
        foreach (var gone in _due.Keys.Except(snapshot.Fallbacks.Keys).ToArray())
        {
            _due.Remove(gone);
        }

        foreach (var (name, plan) in snapshot.Fallbacks)
        {
            var now = _time.GetTimestamp();
            // Another policy may have it more often.
            var every = plan.State.Broken is null || plan.ExerciseEvery < Again ? plan.ExerciseEvery : Again;
            if (_due.TryGetValue(name, out var last) && _time.GetElapsedTime(last, now) < every)
            {
                continue;
            }

            _due[name] = now;
            await TryAsync(snapshot, plan).ConfigureAwait(false);
        }
    }

    private async Task TryAsync(Snapshot snapshot, FallbackPlan plan)
    {
        var before = plan.State.Broken;
        string? wrong;
        try
        {
            wrong = plan.Kind switch
            {
                FallbackKind.Fixed => await FixedAsync(snapshot, plan).ConfigureAwait(false),
                FallbackKind.LastGood => await LastGoodAsync(snapshot, plan).ConfigureAwait(false),
                _ => await BackendAsync(snapshot, plan).ConfigureAwait(false),
            };
        }
        catch (Exception defect) when (defect is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            snapshot.Defects.Report("fallback", defect);
            wrong = "a defect of SandGlass while it was built";
        }

        if (wrong is null)
        {
            plan.State.Proved(FallbackProof.Synthetic, _time);
            return;
        }

        plan.State.Failed(wrong);
        // Once, until it changes: an empty lastGood at the start is nobody's alarm yet.
        if (before != wrong && plan.Kind != FallbackKind.LastGood)
        {
            _log.LogWarning("The fallback {Fallback} could not be given now: {Why}", plan.Name, wrong);
        }
    }

    private async Task<string?> FixedAsync(Snapshot snapshot, FallbackPlan plan)
    {
        if (plan.File is { } file && !File.Exists(file))
        {
            return $"its file {Path.GetFileName(file)} is gone; it is given from memory until the next restart or policy, which will fail: put the file back";
        }

        var http = new DefaultHttpContext();
        return await BuildAsync(snapshot, http, passage => _answers.WriteAsync(passage, plan), plan.Status, plan.Body).ConfigureAwait(false);
    }

    private async Task<string?> LastGoodAsync(Snapshot snapshot, FallbackPlan plan)
    {
        var routes = snapshot.RoutesOf(plan).Where(static r => r.LastGood is not null).ToArray();
        var now = _time.GetTimestamp();
        var newest = routes.Select(static r => r.LastGood!.State.Newest is { } known && r.LastGood.Keeps(known) ? known : null)
            .Where(a => a is not null && a.Age(now) <= plan.LastGood).MaxBy(static a => a!.At);
        if (newest is null)
        {
            return routes.Length == 0 ? "no route with a backend leads here"
                : $"no good answer is known of {string.Join(", ", routes.Select(static r => r.Name))}";
        }

        return await BuildAsync(snapshot, new DefaultHttpContext(), passage => _answers.WriteAsync(passage, newest), newest.Status, newest.Body).ConfigureAwait(false);
    }

    // Through the same hand that writes to clients.
    private async Task<string?> BuildAsync(Snapshot snapshot, DefaultHttpContext http, Func<Passage, Task> write, int status, byte[] body)
    {
        using var written = new MemoryStream();
        http.Response.Body = written;
        var passage = new Passage(1) { IsRehearsal = true };
        passage.Begin(http, snapshot, _time.GetTimestamp());
        passage.Rejection = new(Place.Fallback, FallbackLayer.ExerciseRule, StatusCodes.Status503ServiceUnavailable, FallbackLayer.ExerciseRule);
        await write(passage).ConfigureAwait(false);
        await http.Response.BodyWriter.FlushAsync(_stop.Token).ConfigureAwait(false);
        return http.Response.StatusCode != status ? $"it came out with status {http.Response.StatusCode}"
            : !written.ToArray().AsSpan().SequenceEqual(body) ? "its body came out as another"
            : null;
    }

    private async Task<string?> BackendAsync(Snapshot snapshot, FallbackPlan plan)
    {
        var backend = plan.Backend!;
        if (!backend.IsUsable(_time.GetTimestamp()))
        {
            return $"none of the destinations of backend {backend.Name} can be used";
        }

        var why = "it has no destinations";
        foreach (var (name, address) in snapshot.Policy.Backends[backend.Name].Destinations)
        {
            using var patience = new CancellationTokenSource(ProbeFault.Patience, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stop.Token);
            try
            {
                await DestinationProbe.AskAsync(_client, address, snapshot.Policy.Backends[backend.Name].Health, both.Token).ConfigureAwait(false);
                return null;
            }
            catch (Exception fault) when (ProbeFault.IsTheirs(fault) && !_stop.IsCancellationRequested)
            {
                why = $"backend {backend.Name}/{name}: {ProbeFault.Say(fault)}";
            }
        }

        return why;
    }
}
