using System.Collections.Concurrent;
using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Telemetry;

/// <summary>
/// Our own faults: exceptions inside a layer. Each kind is logged the first time and every thousandth, with its stack, so that a defect
/// in the hot path does not become a flood of log lines.
/// </summary>
/// <param name="log">Where they go.</param>
public sealed class Defects(ILogger log)
{
    private readonly ConcurrentDictionary<(string Where, Type What), StripedCounter> _counts = new();

    /// <summary>How many there were, by place.</summary>
    public IEnumerable<(string Where, long Total)> Totals =>
        _counts.GroupBy(static c => c.Key.Where, static c => c.Value.Sum()).Select(static g => (g.Key, g.Sum()));

    /// <summary>A rule has thrown.</summary>
    public void Report(Rule rule, Exception defect)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Report(rule.Layer.Place.Word(), rule.Name, defect);
    }

    /// <summary>Forwarding has thrown.</summary>
    public void Report(RoutePlan route, Exception defect)
    {
        ArgumentNullException.ThrowIfNull(route);
        Report(Place.Forward.Word(), route.Name, defect);
    }

    /// <summary>Something beside the requests has thrown.</summary>
    public void Report(string where, Exception defect) => Report(where, "none", defect);

    private void Report(string where, string rule, Exception defect)
    {
        ArgumentNullException.ThrowIfNull(defect);
        var counter = _counts.GetOrAdd((where, defect.GetType()), static _ => new());
        counter.Add();
        if (counter.Sum() % 1000 == 1)
        {
            log.LogError(defect, "A defect of SandGlass in {Where}, rule {Rule}; a request goes on as the layer declares. Please report it", where, rule);
        }
    }
}
