using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Telemetry;

/// <summary>
/// What happened on one route since the process started: requests by outcome and layer, and their durations by outcome. Lives as long as
/// the process, so that a reload that drops a route does not make totals go back. Cells are made when first used.
/// </summary>
/// <param name="chain">Label.</param>
/// <param name="route">Label.</param>
/// <param name="ticksPerSecond">Of the monotonic clock.</param>
public sealed class RouteTally(string chain, string route, long ticksPerSecond)
{
    private readonly StripedCounter?[] _counts = new StripedCounter?[RequestOutcomes.Count * Places.Count];
    private readonly DurationHistogram?[] _durations = new DurationHistogram?[RequestOutcomes.Count];

    /// <summary>The chain's name.</summary>
    public string Chain { get; } = chain;

    /// <summary>The route's name.</summary>
    public string Route { get; } = route;

    /// <summary>Counts one ended request.</summary>
    public void Count(in Ending ending, long durationTicks)
    {
        var cell = ((int)ending.Outcome * Places.Count) + ending.Layer.Index();
        (Volatile.Read(ref _counts[cell]) ?? Make(ref _counts[cell], static _ => new StripedCounter(), 0L)).Add();
        ref var duration = ref _durations[(int)ending.Outcome];
        (Volatile.Read(ref duration) ?? Make(ref duration, static ticks => new DurationHistogram(ticks), ticksPerSecond)).Record(durationTicks);
    }

    /// <summary>Requests that ended so, decided there.</summary>
    public long Total(RequestOutcome outcome, Place layer) => Total(((int)outcome * Places.Count) + layer.Index());

    /// <summary>The same by cell: outcomes × places.</summary>
    internal long Total(int cell) => Volatile.Read(ref _counts[cell])?.Sum() ?? 0;

    /// <summary>The durations of one outcome; null before the first.</summary>
    public DurationHistogram? Durations(RequestOutcome outcome) => Volatile.Read(ref _durations[(int)outcome]);

    private static T Make<T>(ref T? place, Func<long, T> make, long argument)
        where T : class
    {
        var made = make(argument);
        return Interlocked.CompareExchange(ref place, made, null) ?? made;
    }
}
