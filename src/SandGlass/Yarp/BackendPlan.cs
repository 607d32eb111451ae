using SandGlass.Algorithms;
using SandGlass.Algorithms.Balancing;
using SandGlass.Layers.Shed;
using SandGlass.Policy;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>
/// A backend as the machine runs it: where its destinations are, how one is chosen, when one is left out, and who takes over. Immutable.
/// While all is well, leaving out and taking over cost one volatile read.
/// </summary>
public sealed class BackendPlan
{
    private readonly DestinationPlan[] _destinations;
    private readonly OutlierDetector[] _detectors;
    private readonly LoadBalancingKind _how;
    private readonly BackendState _state;

    /// <summary>A backend.</summary>
    public BackendPlan(string name, LoadBalancingKind how, IEnumerable<DestinationPlan> destinations, TimeSpan idleTimeout, BackendState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Name = name;
        IdleTimeout = idleTimeout;
        _destinations = [.. destinations];
        _detectors = [.. _destinations.Select(static d => d.State.Outliers)];
        _how = how;
        _state = state;
        for (var i = 0; i < _destinations.Length; i++)
        {
            _destinations[i].Join(this, i);
        }

        // A new policy may read what is known differently: the first pick looks.
        state.Trouble();
    }

    /// <summary>Its name in the policy.</summary>
    public string Name { get; }

    /// <summary>What it is given at once, and who waits for it.</summary>
    public required BackendGate Gate { get; init; }

    /// <summary>How long a stream (server-sent events, WebSocket) may be silent.</summary>
    public TimeSpan IdleTimeout { get; }

    /// <summary>Where it is.</summary>
    public IReadOnlyList<DestinationPlan> Destinations => _destinations;

    /// <summary>How its destinations are probed; null: they are not, and what probes once said counts no more.</summary>
    public HealthPlan? Health { get; init; }

    /// <summary>When one is left out; null: never.</summary>
    public EjectionPlan? Ejection { get; init; }

    /// <summary>Who takes over when none can be used; null: nobody.</summary>
    public BackendPlan? Failover { get; init; }

    /// <summary>The response header in which it says how long a request waited there; null: it does not.</summary>
    public string? QueueHeader { get; init; }

    /// <summary>Ticks in which one that comes back rises to its full share.</summary>
    public long ReturnOver { get; init; }

    /// <summary>Whether requests wait for it: then it has no room for attempts that need not be.</summary>
    public bool HasQueue => Gate.State.Gate.Queued > 0;

    /// <summary>
    /// Who serves a request now: this one, or the failover when none of its destinations can be used and one of the failover's can. While
    /// this one comes back, it is the failover for a falling share of the requests.
    /// </summary>
    public BackendPlan InCharge(Passage passage, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (Failover is null || !_state.InTrouble)
        {
            return this;
        }

        var best = BestShare(now);
        if (best >= 1 || (best > 0 && passage.Roll() < best))
        {
            return this;
        }

        var other = Failover.InCharge(passage, now);
        return other.IsUsable(now) ? other : this;
    }

    /// <summary>Whether one of its destinations can be used.</summary>
    public bool IsUsable(long now) => !_state.InTrouble || BestShare(now) > 0;

    /// <summary>Whether it can be used and has not failed lately: then what it would say is worth waiting for.</summary>
    public bool IsWell(long now, long ticksPerSecond) => !_state.Recent.IsIll(now, ticksPerSecond) && IsUsable(now);

    /// <summary>What a destination gets of its share: 0 unhealthy or ejected, less than 1 while it comes back, 1.</summary>
    public double ShareOf(DestinationPlan destination, long now)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var (probes, outliers, share) = (destination.State.Probes, destination.State.Outliers, 1.0);
        if (Health is not null)
        {
            share = probes.Healthy ? SlowReturn.Share(probes.Since, now, ReturnOver) : 0;
        }

        if (Ejection is not null && share > 0)
        {
            share = outliers.IsEjected(now) ? 0 : Math.Min(share, SlowReturn.Share(outliers.Until, now, ReturnOver));
        }

        return share;
    }

    /// <summary>One destination for a request. With none that can be used it is any of them: all bad is asked rather than nobody.</summary>
    public DestinationPlan Pick(Passage passage, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (_destinations.Length == 1)
        {
            return _destinations[0];
        }

        return _state.InTrouble && Draw(passage, now, _how, default) is { } drawn ? drawn : PickAny(passage);
    }

    /// <summary>
    /// Another destination for a second attempt, the failover's where this backend has none; null: there is none that can be used. It takes no
    /// turn of round robin: with one of two broken, the turns of second attempts would send every first one there.
    /// </summary>
    /// <param name="passage">The request.</param>
    /// <param name="tried">Those that have been asked.</param>
    /// <param name="now">Monotonic ticks.</param>
    public DestinationPlan? PickOther(Passage passage, ReadOnlySpan<DestinationPlan?> tried, long now) =>
        Draw(passage, now, _how == LoadBalancingKind.First ? _how : LoadBalancingKind.PowerOfTwo, tried) ?? Failover?.PickOther(passage, tried, now);

    /// <summary>Something has changed: the next picks look closely.</summary>
    internal void Trouble() => _state.Trouble();

    /// <summary>A request to a destination has ended.</summary>
    internal void Report(DestinationPlan destination, Outcome outcome, TimeProvider time)
    {
        if (outcome != Outcome.Ignored)
        {
            _state.Recent.Report(outcome == Outcome.Failure, time.GetTimestamp(), time.TimestampFrequency);
        }

        if (Ejection is { } plan && outcome != Outcome.Ignored
            && _state.Ejector.Report(plan, _detectors, destination.Index, outcome == Outcome.Failure, time.GetTimestamp()))
        {
            _state.Trouble();
        }
    }

    private DestinationPlan PickAny(Passage passage)
    {
        var count = _destinations.Length;
        Span<int> inFlight = count <= 64 ? stackalloc int[count] : new int[count];
        for (var i = 0; i < count; i++)
        {
            inFlight[i] = _destinations[i].State.InFlight;
        }

        return _destinations[Choose(_how, inFlight, passage)];
    }

    // Draws among those that can be used; one that comes back is taken as often as its share says, else it is drawn again without it.
    private DestinationPlan? Draw(Passage passage, long now, LoadBalancingKind how, ReadOnlySpan<DestinationPlan?> tried)
    {
        var seen = _state.Troubled;
        var count = _destinations.Length;
        Span<int> inFlight = count <= 64 ? stackalloc int[count] : new int[count];
        Span<int> which = count <= 64 ? stackalloc int[count] : new int[count];
        Span<double> shares = count <= 64 ? stackalloc double[count] : new double[count];
        var (left, whole) = (0, true);
        for (var i = 0; i < count; i++)
        {
            var share = ShareOf(_destinations[i], now);
            whole &= share >= 1;
            if (share > 0 && !Contains(tried, _destinations[i]))
            {
                (inFlight[left], which[left], shares[left]) = (_destinations[i].State.InFlight, i, share);
                left++;
            }
        }

        if (whole)
        {
            _state.Calm(seen);
        }

        while (left > 0)
        {
            var drawn = Choose(how, inFlight[..left], passage);
            if (left == 1 || shares[drawn] >= 1 || passage.Roll() < shares[drawn])
            {
                return _destinations[which[drawn]];
            }

            left--;
            for (var i = drawn; i < left; i++)
            {
                (inFlight[i], which[i], shares[i]) = (inFlight[i + 1], which[i + 1], shares[i + 1]);
            }
        }

        return null;
    }

    private int Choose(LoadBalancingKind how, ReadOnlySpan<int> inFlight, Passage passage) => how switch
    {
        LoadBalancingKind.PowerOfTwo => LoadBalancing.PowerOfTwo(inFlight, passage.Roll()),
        LoadBalancingKind.LeastRequests => LoadBalancing.LeastRequests(inFlight, _state.NextTurn()),
        LoadBalancingKind.RoundRobin => LoadBalancing.RoundRobin(inFlight.Length, _state.NextTurn()),
        LoadBalancingKind.Random => LoadBalancing.Random(inFlight.Length, passage.Roll()),
        _ => LoadBalancing.First(inFlight.Length),
    };

    private double BestShare(long now)
    {
        var seen = _state.Troubled;
        var (best, worst) = (0.0, 1.0);
        foreach (var destination in _destinations)
        {
            var share = ShareOf(destination, now);
            (best, worst) = (Math.Max(best, share), Math.Min(worst, share));
        }

        if (worst >= 1)
        {
            _state.Calm(seen);
        }

        return best;
    }

    private static bool Contains(ReadOnlySpan<DestinationPlan?> tried, DestinationPlan destination)
    {
        foreach (var one in tried)
        {
            if (ReferenceEquals(one, destination))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>How the destinations of a backend are probed.</summary>
/// <param name="Path">Asked with GET.</param>
/// <param name="Interval">From one probe to the next.</param>
/// <param name="Timeout">For the head of its answer.</param>
public sealed record HealthPlan(string Path, TimeSpan Interval, TimeSpan Timeout);
