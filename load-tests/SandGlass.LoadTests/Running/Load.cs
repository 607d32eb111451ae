using SandGlass.LoadTests.Measuring;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Running;

/// <summary>Scenarios made ready to run: their plans, and the streams and pools of an engine.</summary>
internal sealed class Load
{
    private readonly IReadOnlyList<Scenario> _scenarios;
    private readonly int _seed;
    private readonly IReadOnlyList<Arrival>? _replay;

    public Load(IReadOnlyList<Scenario> scenarios, int seed, IReadOnlyList<Arrival>? replay = null)
    {
        (_scenarios, _seed, _replay) = (scenarios, seed, replay);
        Open = [.. scenarios.Select((s, i) => s.Closed || replay is not null ? null : new OpenPlan(s.Simulations, Dice.Of(seed, i, -1)))];
        Closed = [.. scenarios.Select(static s => s.Closed ? new ClosedPlan(s.Simulations) : null)];
    }

    public IReadOnlyList<Scenario> Scenarios => _scenarios;

    /// <summary>By scenario; null where it is of the other model.</summary>
    public IReadOnlyList<OpenPlan?> Open { get; }

    /// <summary>By scenario; null where it is of the other model.</summary>
    public IReadOnlyList<ClosedPlan?> Closed { get; }

    /// <summary>How long arrivals go on; infinite where only iterations end it.</summary>
    public double Seconds => _replay is { Count: > 0 }
        ? _replay[^1].At
        : Math.Max(Open.Max(static p => p?.Seconds ?? 0), Closed.Max(static p => p?.Seconds ?? 0));

    /// <summary>Journeys planned in the open model.</summary>
    public long Planned => _replay?.Count ?? Open.Sum(static p => p?.Count ?? 0);

    public Recorder Recorder() => new(_scenarios, double.IsPositiveInfinity(Seconds) ? 600 : Seconds);

    public Engine Engine(TimeProvider time, ITransport transport, Recorder recorder, int mostInFlight, bool waitWhenFull = false, double lead = 0)
    {
        List<ArrivalStream> streams = [];
        List<UserPool> pools = [];
        for (var i = 0; i < _scenarios.Count; i++)
        {
            if (Closed[i] is { } closed)
            {
                pools.Add(new(i, closed, _scenarios[i].WarmUp));
            }
            else
            {
                streams.Add(new(i, _replay ?? ArrivalStream.Of(_scenarios[i], Open[i]!, Dice.Of(_seed, i, -2))));
            }
        }

        return new(time, transport, recorder, streams, pools, new(_seed, Seconds, mostInFlight, waitWhenFull, lead));
    }

    /// <summary>Journeys of the open model planned to begin in the second before a moment, whatever has become of them.</summary>
    public double PlannedRate(double at)
    {
        if (_replay is null)
        {
            return at < 0 ? 0 : Open.Sum(p => p?.RateAt(at) ?? 0);
        }

        return Before(at) - Before(at - 1);
    }

    // How many of a replay's arrivals are before a moment: they are in order.
    private int Before(double at)
    {
        var (low, high) = (0, _replay!.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _replay[middle].At < at ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
