using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using SandGlass.Algorithms.Counting;
using SandGlass.Layers.Switch;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Telemetry;

/// <summary>
/// Once a second: what the counters gained, so that the console can speak of rates; the latencies of the last seconds; and the ends of
/// switches. The only periodic work beside the watcher.
/// </summary>
public sealed class Sampler : IAsyncDisposable
{
    private const int LatencySpan = 10;

    private readonly GatewayState _state;
    private readonly PolicyStore _store;
    private readonly SwitchBoard _board;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Machine _machine = new();
    private readonly Network _network = new();
    private readonly Task _loop;
    private readonly ConcurrentDictionary<RouteTally, TallyHistory> _histories = new();
    private readonly Dictionary<(string Layer, string Rule), long> _shadowsBefore = [];
    private long _beforeAt;
    private int _beats;
    private volatile Rates _rates = new(new Dictionary<RouteTally, long[]>(), new Dictionary<(string Layer, string Rule), long>(), 1, default, new(double.NaN, double.NaN, 0, 0));
    private volatile TaskCompletionSource _beat = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins to sample.</summary>
    public Sampler(GatewayState state, PolicyStore store, SwitchBoard board, TimeProvider time)
    {
        _state = state;
        _store = store;
        _board = board;
        _time = time;
        Sample();
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Raised once a second, when rates are fresh and switches that were due have ended. One after the other; what is not done soon delays the next.</summary>
    public event Action? Beaten;

    /// <summary>The last second's gains.</summary>
    public Rates Now => _rates;

    /// <summary>Whether there will be no further beat.</summary>
    public bool Stopped => _loop.IsCompleted || _stop.IsCancellationRequested;

    /// <summary>Completes at the next beat.</summary>
    public Task NextBeat => _beat.Task;

    /// <summary>Median and 99th percentile of a route's answers of the last ten to twenty seconds, milliseconds; zeros without any.</summary>
    public (double P50, double P99) Latency(RouteTally tally)
    {
        ArgumentNullException.ThrowIfNull(tally);
        if (!_histories.TryGetValue(tally, out var history))
        {
            return default;
        }

        Span<long> now = stackalloc long[DurationHistogram.BucketCount];
        history.Since(now);
        return (Quantile(now, 0.5), Quantile(now, 0.99));
    }

    /// <summary>A quantile of the answers of several routes together, over the same time, seconds; NaN without any.</summary>
    public double Latency(IEnumerable<RouteTally> tallies, double q)
    {
        ArgumentNullException.ThrowIfNull(tallies);
        Span<long> sum = stackalloc long[DurationHistogram.BucketCount];
        Span<long> one = stackalloc long[DurationHistogram.BucketCount];
        sum.Clear();
        var all = 0L;
        foreach (var tally in tallies)
        {
            if (_histories.TryGetValue(tally, out var history))
            {
                history.Since(one);
                for (var i = 0; i < one.Length; i++)
                {
                    sum[i] += one[i];
                    all += one[i];
                }
            }
        }

        return all == 0 ? double.NaN : Quantile(sum, q) / 1000;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                Sample();
                EndSwitches();
                TellBeat();
                foreach (var gate in _state.Gates.Values)
                {
                    gate.Align();
                }

                Interlocked.Exchange(ref _beat, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
            _beat.TrySetResult();
        }
    }

    // Whoever listens shall not be able to stop the clock that ends the switches, nor the others who listen.
    private void TellBeat()
    {
        foreach (var listener in Delegate.EnumerateInvocationList(Beaten))
        {
            try
            {
                listener();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // What could not be put on the disk is tried again at the next beat.
            }
            catch (Exception defect)
            {
                _state.Defects.Report("beat", defect);
            }
        }
    }

    private void EndSwitches()
    {
        try
        {
            _board.EndExpired();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The end could not be put on the disk; the next beat tries again.
        }
    }

    private void Sample()
    {
        var now = _time.GetTimestamp();
        var seconds = _beforeAt == 0 ? 1 : Math.Max(0.05, _time.GetElapsedTime(_beforeAt, now).TotalSeconds);
        var turns = _beats++ % LatencySpan == 0;
        var gains = new Dictionary<RouteTally, long[]>();
        foreach (var tally in _state.Ledger.Unsorted)
        {
            var history = _histories.GetOrAdd(tally, static t => new(t));
            if (history.Gains() is { } gained)
            {
                gains[tally] = gained;
            }

            if (turns)
            {
                history.Turn();
            }
        }

        var shadowGains = new Dictionary<(string Layer, string Rule), long>();
        foreach (var (layer, rule, total) in _state.Shadows)
        {
            if (total > 0)
            {
                ref var before = ref CollectionsMarshal.GetValueRefOrAddDefault(_shadowsBefore, (layer, rule), out _);
                if (total != before)
                {
                    shadowGains[(layer, rule)] = total - before;
                    before = total;
                }
            }
        }

        _network.Read(_beforeAt == 0 ? 0 : seconds);
        _rates = new(gains, shadowGains, seconds, _machine.Read(now, _time), _network.Now);
        _beforeAt = now;
    }

    private static double Quantile(ReadOnlySpan<long> buckets, double q)
    {
        long all = 0;
        foreach (var bucket in buckets)
        {
            all += bucket;
        }

        var rank = (long)Math.Ceiling(all * q);
        long passed = 0;
        for (var i = 0; i < buckets.Length && rank > 0; i++)
        {
            passed += buckets[i];
            if (passed >= rank)
            {
                return Math.Round(DurationHistogram.UpperSeconds(i) * 1000, 2);
            }
        }

        return 0;
    }
}

/// <summary>What the counters gained in one second.</summary>
/// <param name="Gains">By tally: outcomes × places; without those that gained nothing.</param>
/// <param name="ShadowGains">What rules in shadow would have done, by layer and rule; without those that gained nothing.</param>
/// <param name="Seconds">How long that second really was.</param>
/// <param name="Machine">How the process was.</param>
/// <param name="Network">How the network was.</param>
public sealed record Rates(
    IReadOnlyDictionary<RouteTally, long[]> Gains, IReadOnlyDictionary<(string Layer, string Rule), long> ShadowGains, double Seconds, MachineReading Machine, NetworkReading Network)
{
    /// <summary>How often a second a rule in shadow would have acted.</summary>
    public double Shadowed(string layer, string rule) =>
        ShadowGains.TryGetValue((layer, rule), out var gain) ? Math.Round(gain / Seconds, 1) : 0;

    /// <summary>Requests a second of a route that ended so, there.</summary>
    public double PerSecond(RouteTally tally, RequestOutcome outcome, Place place) =>
        Gains.TryGetValue(tally, out var cells) ? Math.Round(cells[((int)outcome * Places.Count) + place.Index()] / Seconds, 1) : 0;
}
