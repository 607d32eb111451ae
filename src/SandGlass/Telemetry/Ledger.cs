using System.Collections.Concurrent;
using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Telemetry;

/// <summary>
/// The one place that counts requests: begun once, ended once, in exactly one outcome. Its tallies live as long as the process and are
/// found by name, so their number is bounded by the names that policies have ever used.
/// </summary>
/// <param name="ticksPerSecond">Of the monotonic clock.</param>
public sealed class Ledger(long ticksPerSecond)
{
    private readonly ConcurrentDictionary<(string Chain, string Route), RouteTally> _tallies = new();
    private readonly StripedCounter _begun = new();
    private readonly StripedCounter _ended = new();

    /// <summary>Requests that have begun.</summary>
    public long Begun => _begun.Sum();

    /// <summary>Requests that have ended.</summary>
    public long Ended => _ended.Sum();

    /// <summary>Requests under way. Ended is read first, so that the difference is never negative.</summary>
    public long UnderWay
    {
        get
        {
            var ended = Ended;
            return Begun - ended;
        }
    }

    /// <summary>All tallies.</summary>
    public IEnumerable<RouteTally> Tallies => _tallies.Values.OrderBy(static t => t.Chain, StringComparer.Ordinal)
        .ThenBy(static t => t.Route, StringComparer.Ordinal);

    /// <summary>The same as they come, which costs nothing; for who looks every second.</summary>
    internal IEnumerable<RouteTally> Unsorted => _tallies.Select(static t => t.Value);

    /// <summary>The tally of a route.</summary>
    public RouteTally Tally(string chain, string route) =>
        _tallies.GetOrAdd((chain, route), key => new(key.Chain, key.Route, ticksPerSecond));

    /// <summary>A request has begun.</summary>
    public void Begin() => _begun.Add();

    /// <summary>A request has ended.</summary>
    public void End(RouteTally tally, in Ending ending, long durationTicks)
    {
        ArgumentNullException.ThrowIfNull(tally);
        tally.Count(ending, durationTicks);
        _ended.Add();
    }
}
